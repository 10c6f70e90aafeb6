-- Finished payments are removed, those first that changed longest ago.
CREATE INDEX payment_closed ON payment (updated_at, id) WHERE state NOT IN ('created', 'pending', 'unknown');
