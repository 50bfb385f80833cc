-- The labels given last.
-- :label text = % the label, as LIKE has it
-- :rows integer = 20 how many articles
SELECT scored_at, crawl_date, label, probability, reason, title, source, model_version
FROM current_labels
WHERE label LIKE $label
ORDER BY scored_at DESC, crawl_date DESC, article_id
LIMIT $rows
