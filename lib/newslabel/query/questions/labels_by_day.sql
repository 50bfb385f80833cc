-- How many articles of each label a crawl date has, and their share of it.
-- :from date = 0001-01-01 the first crawl date
-- :to date = 9999-12-31 the last crawl date
SELECT
    crawl_date,
    label,
    count(*) AS articles,
    round(count(*) / sum(count(*)) OVER (PARTITION BY crawl_date), 4) AS share
FROM current_labels
WHERE crawl_date BETWEEN $from AND $to
GROUP BY crawl_date, label
ORDER BY crawl_date, label
