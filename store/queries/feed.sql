-- Feed
-- The newest mentions; all fields may stay empty. Search takes words in any case, the last one as a beginning.
SELECT mention_id, day, brand, label, label_from, language, source, title, passage, url
FROM scored_mentions
WHERE (:brand = '' OR brand = :brand) AND (:label = '' OR label = :label)
  AND (:search = '' OR mention_id IN (SELECT rowid FROM mentions_fts WHERE mentions_fts MATCH arvio_search(:search)))
ORDER BY coalesce(published_at, first_seen) DESC, mention_id DESC
LIMIT 200
