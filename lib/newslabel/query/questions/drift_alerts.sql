-- Where labels have drifted, the newest crawl date first: what moved, by how much, and the bound that it lies beyond.
-- :from date = 0001-01-01 the first crawl date
-- :to date = 9999-12-31 the last crawl date
SELECT crawl_date, feature, statistic, round(value, 4) AS value, round(threshold, 4) AS threshold, model_version
FROM drift
WHERE alert AND crawl_date BETWEEN $from AND $to
ORDER BY crawl_date DESC, feature, statistic
