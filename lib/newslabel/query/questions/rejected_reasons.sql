-- What was rejected and why: records by reason, each with an example; a record may have several reasons.
-- :from date = 0001-01-01 the first day of ingestion
-- :to date = 9999-12-31 the last day of ingestion
SELECT
    reason,
    count(*) AS records,
    count(DISTINCT file) AS files,
    min_by(file || ':' || position, (file, position)) AS example,
    left(min_by(raw, (file, position)), 100) AS example_begins
FROM (SELECT unnest(reasons) AS reason, file, position, raw FROM rejected WHERE ingest_date BETWEEN $from AND $to)
GROUP BY reason
ORDER BY records DESC, reason
