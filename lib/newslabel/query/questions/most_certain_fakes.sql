-- The articles of which the model is most certain that they are of the positive class (FAKE).
-- :from date = 0001-01-01 the first crawl date
-- :to date = 9999-12-31 the last crawl date
-- :source text = % the source, as LIKE has it: %.com
-- :rows integer = 20 how many articles
SELECT crawl_date, probability, title, source, url, article_id
FROM current_labels
WHERE crawl_date BETWEEN $from AND $to AND probability IS NOT NULL AND coalesce(source, '') LIKE $source
ORDER BY probability DESC, n_tokens DESC, article_id
LIMIT $rows
