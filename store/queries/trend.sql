-- Index by month
-- One row a brand and month, newest first; name a brand to see it alone.
SELECT period, brand, round("index", 1) AS "index", round(low, 1) AS low, round(high, 1) AS high,
  positive, neutral, negative, state
FROM satisfaction_index
WHERE "by" = 'month' AND (:brand = '' OR brand = :brand)
ORDER BY period DESC, brand
