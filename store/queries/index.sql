-- Index of each brand
-- The mention-satisfaction index over all days, best first; hidden rows have too few opinions to show one.
SELECT brand, group_name, round("index", 1) AS "index", round(low, 1) AS low, round(high, 1) AS high,
  positive, neutral, negative, unscored, round(n_effective, 1) AS n_effective, state, method
FROM satisfaction_index
WHERE "by" = 'total' AND (:brand = '' OR brand = :brand)
ORDER BY "index" IS NULL, "index" DESC, brand
