-- The newest labelled article of each story, with its label. Spark SQL and DuckDB both read this.
SELECT
    article_id, story_id, crawl_date, label, probability, reason, n_tokens, unknown_share, why, recipe, model_version,
    scored_at, title, source, url, author, published_at
FROM (
    SELECT
        labels.article_id, labels.story_id, labels.crawl_date, labels.label, labels.probability, labels.reason,
        labels.n_tokens, labels.unknown_share, labels.why, labels.recipe, labels.model_version, labels.scored_at,
        articles.title, articles.source, articles.url, articles.author, articles.published_at,
        row_number() OVER (
            PARTITION BY labels.story_id
            ORDER BY
                labels.crawl_date DESC, articles.published_at DESC NULLS LAST, articles.ingested_at DESC,
                labels.article_id DESC
        ) AS age
    FROM labels
    JOIN articles ON articles.article_id = labels.article_id AND articles.crawl_date = labels.crawl_date
) AS labelled
WHERE age = 1
