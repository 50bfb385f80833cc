-- How many articles of each label a source has, the sources with most articles first.
-- :from date = 0001-01-01 the first crawl date
-- :to date = 9999-12-31 the last crawl date
-- :sources integer = 20 how many sources
WITH labelled AS (
    SELECT coalesce(source, 'unknown') AS source, label
    FROM current_labels
    WHERE crawl_date BETWEEN $from AND $to
), largest AS (
    SELECT source, count(*) AS articles_of_source FROM labelled GROUP BY source
    ORDER BY articles_of_source DESC, source
    LIMIT $sources
)
SELECT source, label, count(*) AS articles, round(count(*) / articles_of_source, 4) AS share
FROM labelled JOIN largest USING (source)
GROUP BY source, label, articles_of_source
ORDER BY articles_of_source DESC, source, label
