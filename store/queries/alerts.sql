-- Alerts
-- What changed, newest first, with the number of mentions that show it.
SELECT a.id, a.day, b.name AS brand, a.kind, round(a.value, 1) AS value, round(a.baseline, 1) AS baseline,
  a.n, a.p, json_array_length(a.evidence) AS evidence
FROM alerts a JOIN brands b ON b.id = a.brand_id
ORDER BY a.day DESC, a.id DESC
