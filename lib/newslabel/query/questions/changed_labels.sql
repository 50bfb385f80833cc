-- What the newest model version labels otherwise than the one before it did, the greatest changes first.
-- :from date = 0001-01-01 the first crawl date
-- :to date = 9999-12-31 the last crawl date
-- :rows integer = 20 how many articles
SELECT
    labels.crawl_date,
    earlier.label AS label_before,
    labels.label,
    earlier.probability AS probability_before,
    labels.probability,
    earlier.model_version AS version_before,
    labels.model_version,
    articles.title,
    articles.source,
    labels.article_id
FROM labels
JOIN earlier_labels AS earlier ON earlier.article_id = labels.article_id AND earlier.crawl_date = labels.crawl_date
JOIN articles ON articles.article_id = labels.article_id AND articles.crawl_date = labels.crawl_date
WHERE labels.label <> earlier.label AND labels.crawl_date BETWEEN $from AND $to
ORDER BY abs(labels.probability - earlier.probability) DESC NULLS LAST, labels.crawl_date DESC, labels.article_id
LIMIT $rows
