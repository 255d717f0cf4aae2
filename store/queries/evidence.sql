-- Evidence of an alert
-- The mentions behind one alert; take its id from the alerts.
SELECT m.mention_id, m.day, m.label, m.source, m.passage, m.url
FROM alerts a, json_each(a.evidence) e JOIN scored_mentions m ON m.mention_id = json_extract(e.value, '$.mention_id')
WHERE a.id = CAST(:alert AS INTEGER)
ORDER BY m.day DESC, m.mention_id DESC
