"""Who an article is: the story by its address (or source and title), the article by story and content."""

import re

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as f

# Parameters that tell who clicked where, not what is shown.
TRACKING_PREFIXES = ("utm_", "mtm_", "pk_", "hsa_", "_hs")
# fmt: off
TRACKING_NAMES = frozenset(
    {
        "__twitter_impression", "_ga", "_gl", "cmpid", "dclid", "epik", "fbclid", "gbraid", "gclid",
        "gclsrc", "igsh", "igshid", "li_fat_id", "mc_cid", "mc_eid", "mkt_tok", "msclkid", "ncid",
        "oly_anon_id", "oly_enc_id", "ref_src", "ref_url", "s_cid", "ttclid", "twclid", "vero_id",
        "wbraid", "wickedid", "yclid",
    }
)
# fmt: on
ADDRESS = re.compile(r"(?:https?:)?//(?P<authority>[^/?#]*)(?P<path>[^?#]*)(?:\?(?P<query>[^#]*))?", re.IGNORECASE)
BARE_ADDRESS = re.compile(r"(?:[a-z0-9-]+\.)+[a-z]{2,}(?=[:/?#]|$)", re.IGNORECASE)
AUTHORITY = re.compile(r"(?P<host>\[[0-9a-f:.]+\]|\w[\w.-]*)(?P<port>:[0-9]*)?")
LONGEST_AUTHORITY = 300  # a name may have 253 characters, a label 63
USUAL_PORTS = (None, ":", ":80", ":443")
ESCAPE = re.compile("%[0-9a-fA-F]{2}")

# Between what is hashed together, so that ("ab", "c") and ("a", "bc") differ.
SEPARATOR = "\x1f"


def canonical_url(url: str) -> str | None:
    """The one address for all spellings of it, or None where it is no address on the web.

    Dropped are the fragment, tracking parameters, user names, usual ports and the difference between http and https;
    the host is lowercase and parameters are sorted.

    Args:
        url: any string.
    """
    text = "%20".join(url.split())
    found = ADDRESS.match("//" + text if BARE_ADDRESS.match(text) else text)
    authority = _authority(found["authority"]) if found else None
    if not found or not authority:
        return None
    port = "" if authority["port"] in USUAL_PORTS else authority["port"]
    path, query = (ESCAPE.sub(_uppercase, part or "") for part in (found["path"], found["query"]))
    parameters = "&".join(sorted(each for each in query.split("&") if each and not _tracks(each)))
    return f"https://{authority['host'].rstrip('.')}{port}{path or '/'}{'?' if parameters else ''}{parameters}"


def with_identity(articles: DataFrame) -> DataFrame:
    """The articles with story_id, content_hash and article_id: 64 hexadecimal digits each.

    Args:
        articles: with canonical_url, source, title and text, of which any may be null.
    """
    address = f.col("canonical_url")
    by_address = _joined(f.lit("url"), address)
    by_title = _joined(f.lit("title"), f.col("source"), f.col("title"))
    by_text = _joined(f.lit("text"), f.col("text"))
    story = f.when(address.isNotNull(), by_address).when(f.col("title").isNotNull(), by_title).otherwise(by_text)
    return (
        articles.withColumn("story_id", f.sha2(story, 256))
        .withColumn("content_hash", f.sha2(_joined(f.col("title"), f.col("text")), 256))
        .withColumn("article_id", f.sha2(_joined(f.col("story_id"), f.col("content_hash")), 256))
        .drop("canonical_url")
    )


def _joined(*parts: Column) -> Column:
    return f.concat_ws(SEPARATOR, *(f.coalesce(part, f.lit("")) for part in parts))


def _authority(text: str) -> re.Match[str] | None:
    host_and_port = text.rpartition("@")[2].lower()
    return AUTHORITY.fullmatch(host_and_port) if len(host_and_port) <= LONGEST_AUTHORITY else None


def _tracks(parameter: str) -> bool:
    name = parameter.partition("=")[0].lower()
    return name in TRACKING_NAMES or name.startswith(TRACKING_PREFIXES)


def _uppercase(found: re.Match[str]) -> str:
    return found[0].upper()
