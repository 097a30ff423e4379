-- What the last version whose schema is 0002 wrote, as sqlite3's iterdump gives it: executions that completed and that
-- failed, with checkpoints and without; one that a later server completed, and one that it failed, after a crash; two that
-- a crash has left; two whose events have expired. In what they were given and gave back there is JSON of every kind.
BEGIN TRANSACTION;
CREATE TABLE alembic_version (
	version_num VARCHAR(32) NOT NULL, 
	CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num)
);
INSERT INTO "alembic_version" VALUES('0002');
CREATE TABLE events (
	execution_id TEXT NOT NULL, 
	seq INTEGER NOT NULL, 
	type TEXT NOT NULL, 
	data TEXT NOT NULL, 
	CONSTRAINT events_pkey PRIMARY KEY (execution_id, seq), 
	CONSTRAINT events_execution_id_fkey FOREIGN KEY(execution_id) REFERENCES executions (id) ON DELETE CASCADE
);
INSERT INTO "events" VALUES('exec_0010',1,'session','{"id":"session_0009","interactionMode":"execute","executionId":"exec_0010","runId":"run_0011"}');
INSERT INTO "events" VALUES('exec_0010',2,'run_status','{"status":"executing","interactionMode":"execute","executionId":"exec_0010","runId":"run_0011"}');
INSERT INTO "events" VALUES('exec_0010',3,'tool_use','{"id":"runtime_0012","name":"echo","input":{"text":"Z\u00fcrich \u2028 \ud83d\ude00 \ud800 \u0000 </script>","deep":[[{"":null}],true],"number":1e-07,"big":1180591620717411303424,"id":"runtime_other","executionId":"x"},"executionId":"exec_0010","runId":"run_0011"}');
INSERT INTO "events" VALUES('exec_0010',4,'tool_result','{"id":"runtime_0012","name":"echo","output":{"input":{"text":"Z\u00fcrich \u2028 \ud83d\ude00 \ud800 \u0000 </script>","deep":[[{"":null}],true],"number":1e-07,"big":1180591620717411303424,"id":"runtime_other","executionId":"x"},"account":null},"error":false,"executionId":"exec_0010","runId":"run_0011"}');
INSERT INTO "events" VALUES('exec_0010',5,'run_status','{"status":"completed","interactionMode":"execute","executionId":"exec_0010","runId":"run_0011"}');
INSERT INTO "events" VALUES('exec_0010',6,'done','{"status":"completed","summary":"Echoed","executionId":"exec_0010","runId":"run_0011"}');
INSERT INTO "events" VALUES('exec_0013',1,'session','{"id":"session_0009","interactionMode":"execute","executionId":"exec_0013","runId":"run_0014"}');
INSERT INTO "events" VALUES('exec_0013',2,'run_status','{"status":"executing","interactionMode":"execute","executionId":"exec_0013","runId":"run_0014"}');
INSERT INTO "events" VALUES('exec_0013',3,'tool_use','{"id":"runtime_0015","name":"half","input":{"text":"Z\u00fcrich \u2028 \ud83d\ude00 \ud800 \u0000 </script>","deep":[[{"":null}],true],"number":1e-07,"big":1180591620717411303424,"id":"runtime_other","executionId":"x"},"executionId":"exec_0013","runId":"run_0014"}');
INSERT INTO "events" VALUES('exec_0013',4,'checkpoint','{"summary":"half \u2028 \ud800","executionId":"exec_0013","runId":"run_0014"}');
INSERT INTO "events" VALUES('exec_0013',5,'checkpoint','{"summary":"","executionId":"exec_0013","runId":"run_0014"}');
INSERT INTO "events" VALUES('exec_0013',6,'tool_result','{"id":"runtime_0015","name":"half","output":{"done":true,"text":"Z\u00fcrich \u2028 \ud83d\ude00 \ud800 \u0000 </script>","deep":[[{"":null}],true],"number":1e-07,"big":1180591620717411303424,"id":"runtime_other","executionId":"x"},"error":false,"executionId":"exec_0013","runId":"run_0014"}');
INSERT INTO "events" VALUES('exec_0013',7,'run_status','{"status":"completed","interactionMode":"execute","executionId":"exec_0013","runId":"run_0014"}');
INSERT INTO "events" VALUES('exec_0013',8,'done','{"status":"completed","summary":"Done","executionId":"exec_0013","runId":"run_0014"}');
INSERT INTO "events" VALUES('exec_0016',1,'session','{"id":"session_0009","interactionMode":"execute","executionId":"exec_0016","runId":"run_0017"}');
INSERT INTO "events" VALUES('exec_0016',2,'run_status','{"status":"executing","interactionMode":"execute","executionId":"exec_0016","runId":"run_0017"}');
INSERT INTO "events" VALUES('exec_0016',3,'tool_use','{"id":"runtime_0018","name":"fails","input":{},"executionId":"exec_0016","runId":"run_0017"}');
INSERT INTO "events" VALUES('exec_0016',4,'checkpoint','{"summary":"almost","executionId":"exec_0016","runId":"run_0017"}');
INSERT INTO "events" VALUES('exec_0016',5,'tool_result','{"id":"runtime_0018","name":"fails","output":{"error":"/a.md has changed since the version you have seen","code":"version_mismatch","details":{"currentVersion":"bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb","diff":"--- a\n+++ b\n","executionId":"exec_0016"}},"error":true,"executionId":"exec_0016","runId":"run_0017"}');
INSERT INTO "events" VALUES('exec_0016',6,'run_status','{"status":"failed","interactionMode":"execute","executionId":"exec_0016","runId":"run_0017"}');
INSERT INTO "events" VALUES('exec_0016',7,'error','{"message":"/a.md has changed since the version you have seen","code":"version_mismatch","details":{"currentVersion":"bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb","diff":"--- a\n+++ b\n","executionId":"exec_0016"},"executionId":"exec_0016","runId":"run_0017"}');
INSERT INTO "events" VALUES('exec_0019',1,'session','{"id":"session_0009","interactionMode":"execute","executionId":"exec_0019","runId":"run_0020"}');
INSERT INTO "events" VALUES('exec_0019',2,'run_status','{"status":"executing","interactionMode":"execute","executionId":"exec_0019","runId":"run_0020"}');
INSERT INTO "events" VALUES('exec_0019',3,'tool_use','{"id":"runtime_0021","name":"absent","input":{"path":"/a.md"},"executionId":"exec_0019","runId":"run_0020"}');
INSERT INTO "events" VALUES('exec_0019',4,'tool_result','{"id":"runtime_0021","name":"absent","output":{"error":"No memory at /a.md; did you mean /b.md?","code":"memory_not_found","details":{"path":"/a.md","similar":["/b.md"],"executionId":"exec_0019"}},"error":true,"executionId":"exec_0019","runId":"run_0020"}');
INSERT INTO "events" VALUES('exec_0019',5,'run_status','{"status":"failed","interactionMode":"execute","executionId":"exec_0019","runId":"run_0020"}');
INSERT INTO "events" VALUES('exec_0019',6,'error','{"message":"No memory at /a.md; did you mean /b.md?","code":"memory_not_found","details":{"path":"/a.md","similar":["/b.md"],"executionId":"exec_0019"},"executionId":"exec_0019","runId":"run_0020"}');
INSERT INTO "events" VALUES('exec_0022',1,'session','{"id":"session_0009","interactionMode":"execute","executionId":"exec_0022","runId":"run_0023"}');
INSERT INTO "events" VALUES('exec_0022',2,'run_status','{"status":"executing","interactionMode":"execute","executionId":"exec_0022","runId":"run_0023"}');
INSERT INTO "events" VALUES('exec_0022',3,'tool_use','{"id":"runtime_0024","name":"full","input":{},"executionId":"exec_0022","runId":"run_0023"}');
INSERT INTO "events" VALUES('exec_0022',4,'tool_result','{"id":"runtime_0024","name":"full","output":{"error":"The server''s disk is full; nothing was written","code":"storage_full","details":{"executionId":"exec_0022"}},"error":true,"executionId":"exec_0022","runId":"run_0023"}');
INSERT INTO "events" VALUES('exec_0022',5,'run_status','{"status":"failed","interactionMode":"execute","executionId":"exec_0022","runId":"run_0023"}');
INSERT INTO "events" VALUES('exec_0022',6,'error','{"message":"The server''s disk is full; nothing was written","code":"storage_full","details":{"executionId":"exec_0022"},"executionId":"exec_0022","runId":"run_0023"}');
INSERT INTO "events" VALUES('exec_0025',1,'session','{"id":"session_0009","interactionMode":"execute","executionId":"exec_0025","runId":"run_0026"}');
INSERT INTO "events" VALUES('exec_0025',2,'run_status','{"status":"executing","interactionMode":"execute","executionId":"exec_0025","runId":"run_0026"}');
INSERT INTO "events" VALUES('exec_0025',3,'tool_use','{"id":"runtime_0027","name":"broken","input":{},"executionId":"exec_0025","runId":"run_0026"}');
INSERT INTO "events" VALUES('exec_0025',4,'tool_result','{"id":"runtime_0027","name":"broken","output":{"error":"Unexpected failure before it changed anything","code":"internal_error","details":{"executionId":"exec_0025"}},"error":true,"executionId":"exec_0025","runId":"run_0026"}');
INSERT INTO "events" VALUES('exec_0025',5,'run_status','{"status":"failed","interactionMode":"execute","executionId":"exec_0025","runId":"run_0026"}');
INSERT INTO "events" VALUES('exec_0025',6,'error','{"message":"Unexpected failure before it changed anything","code":"internal_error","details":{"executionId":"exec_0025"},"executionId":"exec_0025","runId":"run_0026"}');
INSERT INTO "events" VALUES('exec_0028',1,'session','{"id":"session_0009","interactionMode":"execute","executionId":"exec_0028","runId":"run_0029"}');
INSERT INTO "events" VALUES('exec_0028',2,'run_status','{"status":"executing","interactionMode":"execute","executionId":"exec_0028","runId":"run_0029"}');
INSERT INTO "events" VALUES('exec_0028',3,'tool_use','{"id":"runtime_0030","name":"half","input":{"a":1},"executionId":"exec_0028","runId":"run_0029"}');
INSERT INTO "events" VALUES('exec_0028',4,'checkpoint','{"summary":"half \u2028 \ud800","executionId":"exec_0028","runId":"run_0029"}');
INSERT INTO "events" VALUES('exec_0028',5,'checkpoint','{"summary":"","executionId":"exec_0028","runId":"run_0029"}');
INSERT INTO "events" VALUES('exec_0028',6,'tool_result','{"id":"runtime_0030","name":"half","output":{"done":true,"text":"Z\u00fcrich \u2028 \ud83d\ude00 \ud800 \u0000 </script>","deep":[[{"":null}],true],"number":1e-07,"big":1180591620717411303424,"id":"runtime_other","executionId":"x"},"error":false,"executionId":"exec_0028","runId":"run_0029"}');
INSERT INTO "events" VALUES('exec_0028',7,'run_status','{"status":"completed","interactionMode":"execute","executionId":"exec_0028","runId":"run_0029"}');
INSERT INTO "events" VALUES('exec_0028',8,'done','{"status":"completed","summary":"Done","executionId":"exec_0028","runId":"run_0029"}');
INSERT INTO "events" VALUES('exec_0032',1,'session','{"id":"session_0031","interactionMode":"execute","executionId":"exec_0032","runId":"run_0033"}');
INSERT INTO "events" VALUES('exec_0032',2,'run_status','{"status":"executing","interactionMode":"execute","executionId":"exec_0032","runId":"run_0033"}');
INSERT INTO "events" VALUES('exec_0032',3,'tool_use','{"id":"runtime_0034","name":"write","input":{"did":1},"executionId":"exec_0032","runId":"run_0033"}');
INSERT INTO "events" VALUES('exec_0032',4,'checkpoint','{"summary":"before the crash","executionId":"exec_0032","runId":"run_0033"}');
INSERT INTO "events" VALUES('exec_0036',1,'session','{"id":"session_0035","interactionMode":"execute","executionId":"exec_0036","runId":"run_0037"}');
INSERT INTO "events" VALUES('exec_0036',2,'run_status','{"status":"executing","interactionMode":"execute","executionId":"exec_0036","runId":"run_0037"}');
INSERT INTO "events" VALUES('exec_0036',3,'tool_use','{"id":"runtime_0038","name":"write","input":{},"executionId":"exec_0036","runId":"run_0037"}');
INSERT INTO "events" VALUES('exec_0036',4,'checkpoint','{"summary":"before the crash","executionId":"exec_0036","runId":"run_0037"}');
INSERT INTO "events" VALUES('exec_0032',5,'tool_result','{"id":"runtime_0034","name":"write","output":{"done":true},"error":false,"executionId":"exec_0032","runId":"run_0033"}');
INSERT INTO "events" VALUES('exec_0032',6,'run_status','{"status":"completed","interactionMode":"execute","executionId":"exec_0032","runId":"run_0033"}');
INSERT INTO "events" VALUES('exec_0032',7,'done','{"status":"completed","summary":"Recalled","executionId":"exec_0032","runId":"run_0033"}');
INSERT INTO "events" VALUES('exec_0036',5,'tool_result','{"id":"runtime_0038","name":"write","output":{"error":"Interrupted by a restart before it changed anything","code":"internal_error","details":{"executionId":"exec_0036"}},"error":true,"executionId":"exec_0036","runId":"run_0037"}');
INSERT INTO "events" VALUES('exec_0036',6,'run_status','{"status":"failed","interactionMode":"execute","executionId":"exec_0036","runId":"run_0037"}');
INSERT INTO "events" VALUES('exec_0036',7,'error','{"message":"Interrupted by a restart before it changed anything","code":"internal_error","details":{"executionId":"exec_0036"},"executionId":"exec_0036","runId":"run_0037"}');
INSERT INTO "events" VALUES('exec_0040',1,'session','{"id":"session_0039","interactionMode":"execute","executionId":"exec_0040","runId":"run_0041"}');
INSERT INTO "events" VALUES('exec_0040',2,'run_status','{"status":"executing","interactionMode":"execute","executionId":"exec_0040","runId":"run_0041"}');
INSERT INTO "events" VALUES('exec_0040',3,'tool_use','{"id":"runtime_0042","name":"write","input":{"left":"behind"},"executionId":"exec_0040","runId":"run_0041"}');
INSERT INTO "events" VALUES('exec_0044',1,'session','{"id":"session_0043","interactionMode":"execute","executionId":"exec_0044","runId":"run_0045"}');
INSERT INTO "events" VALUES('exec_0044',2,'run_status','{"status":"executing","interactionMode":"execute","executionId":"exec_0044","runId":"run_0045"}');
INSERT INTO "events" VALUES('exec_0044',3,'tool_use','{"id":"runtime_0046","name":"write","input":{"left":"behind","text":"Z\u00fcrich \u2028 \ud83d\ude00 \ud800 \u0000 </script>","deep":[[{"":null}],true],"number":1e-07,"big":1180591620717411303424,"id":"runtime_other","executionId":"x"},"executionId":"exec_0044","runId":"run_0045"}');
INSERT INTO "events" VALUES('exec_0044',4,'checkpoint','{"summary":"one","executionId":"exec_0044","runId":"run_0045"}');
INSERT INTO "events" VALUES('exec_0044',5,'checkpoint','{"summary":"two","executionId":"exec_0044","runId":"run_0045"}');
CREATE TABLE executions (
	id TEXT NOT NULL, 
	run_id TEXT NOT NULL, 
	session_id TEXT NOT NULL, 
	org TEXT NOT NULL, 
	key_id TEXT NOT NULL, 
	capability TEXT NOT NULL, 
	connected_account_id TEXT, 
	input TEXT NOT NULL, 
	created_at BIGINT NOT NULL, 
	owner TEXT NOT NULL, 
	has_events BOOLEAN NOT NULL, 
	status TEXT NOT NULL, 
	finished_at BIGINT, 
	summary TEXT, 
	result TEXT, 
	failure TEXT, 
	commit_id TEXT, 
	CONSTRAINT executions_pkey PRIMARY KEY (id), 
	CONSTRAINT executions_session_id_fkey FOREIGN KEY(session_id) REFERENCES sessions (id) ON DELETE CASCADE
);
INSERT INTO "executions" VALUES('exec_0002','run_0003','session_0001','acme','key_1','half',NULL,'{"expired":1}',1776247200000,'server_1',0,'completed',1776247200000,'Done','{"done":true,"text":"Z\u00fcrich \u2028 \ud83d\ude00 \ud800 \u0000 </script>","deep":[[{"":null}],true],"number":1e-07,"big":1180591620717411303424,"id":"runtime_other","executionId":"x"}',NULL,'cccccccccccccccccccccccccccccccccccccccc');
INSERT INTO "executions" VALUES('exec_0006','run_0007','session_0005','acme','key_1','fails',NULL,'{"expired":2}',1776247200000,'server_1',0,'failed',1776247200000,NULL,NULL,'{"code":"version_mismatch","message":"/a.md has changed since the version you have seen","details":{"currentVersion":"bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb","diff":"--- a\n+++ b\n","executionId":"exec_0006"},"retryable":false,"retry_after":null}',NULL);
INSERT INTO "executions" VALUES('exec_0010','run_0011','session_0009','acme','key_1','echo',NULL,'{"text":"Z\u00fcrich \u2028 \ud83d\ude00 \ud800 \u0000 </script>","deep":[[{"":null}],true],"number":1e-07,"big":1180591620717411303424,"id":"runtime_other","executionId":"x"}',1776347201000,'server_1',1,'completed',1776347201000,'Echoed','{"input":{"text":"Z\u00fcrich \u2028 \ud83d\ude00 \ud800 \u0000 </script>","deep":[[{"":null}],true],"number":1e-07,"big":1180591620717411303424,"id":"runtime_other","executionId":"x"},"account":null}',NULL,NULL);
INSERT INTO "executions" VALUES('exec_0013','run_0014','session_0009','acme','key_1','half',NULL,'{"text":"Z\u00fcrich \u2028 \ud83d\ude00 \ud800 \u0000 </script>","deep":[[{"":null}],true],"number":1e-07,"big":1180591620717411303424,"id":"runtime_other","executionId":"x"}',1776347202000,'server_1',1,'completed',1776347202000,'Done','{"done":true,"text":"Z\u00fcrich \u2028 \ud83d\ude00 \ud800 \u0000 </script>","deep":[[{"":null}],true],"number":1e-07,"big":1180591620717411303424,"id":"runtime_other","executionId":"x"}',NULL,'cccccccccccccccccccccccccccccccccccccccc');
INSERT INTO "executions" VALUES('exec_0016','run_0017','session_0009','acme','key_1','fails',NULL,'{}',1776347203000,'server_1',1,'failed',1776347203000,NULL,NULL,'{"code":"version_mismatch","message":"/a.md has changed since the version you have seen","details":{"currentVersion":"bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb","diff":"--- a\n+++ b\n","executionId":"exec_0016"},"retryable":false,"retry_after":null}',NULL);
INSERT INTO "executions" VALUES('exec_0019','run_0020','session_0009','acme','key_1','absent',NULL,'{"path":"/a.md"}',1776347204000,'server_1',1,'failed',1776347204000,NULL,NULL,'{"code":"memory_not_found","message":"No memory at /a.md; did you mean /b.md?","details":{"path":"/a.md","similar":["/b.md"],"executionId":"exec_0019"},"retryable":false,"retry_after":null}',NULL);
INSERT INTO "executions" VALUES('exec_0022','run_0023','session_0009','acme','key_1','full',NULL,'{}',1776347205000,'server_1',1,'failed',1776347205000,NULL,NULL,'{"code":"storage_full","message":"The server''s disk is full; nothing was written","details":{"executionId":"exec_0022"},"retryable":true,"retry_after":30}',NULL);
INSERT INTO "executions" VALUES('exec_0025','run_0026','session_0009','acme','key_1','broken',NULL,'{}',1776347206000,'server_1',1,'failed',1776347206000,NULL,NULL,'{"code":"internal_error","message":"Unexpected failure before it changed anything","details":{"executionId":"exec_0025"},"retryable":true,"retry_after":null}',NULL);
INSERT INTO "executions" VALUES('exec_0028','run_0029','session_0009','acme','key_1','half',NULL,'{"a":1}',1776347207000,'server_1',1,'completed',1776347207000,'Done','{"done":true,"text":"Z\u00fcrich \u2028 \ud83d\ude00 \ud800 \u0000 </script>","deep":[[{"":null}],true],"number":1e-07,"big":1180591620717411303424,"id":"runtime_other","executionId":"x"}',NULL,'cccccccccccccccccccccccccccccccccccccccc');
INSERT INTO "executions" VALUES('exec_0032','run_0033','session_0031','acme','key_1','write',NULL,'{"did":1}',1776347207000,'server_2',1,'completed',1776347208000,'Recalled','{"done":true}',NULL,'dddddddddddddddddddddddddddddddddddddddd');
INSERT INTO "executions" VALUES('exec_0036','run_0037','session_0035','acme','key_1','write',NULL,'{}',1776347207000,'server_2',1,'failed',1776347208000,NULL,NULL,'{"code":"internal_error","message":"Interrupted by a restart before it changed anything","details":{"executionId":"exec_0036"},"retryable":true,"retry_after":null}',NULL);
INSERT INTO "executions" VALUES('exec_0040','run_0041','session_0039','acme','key_1','write',NULL,'{"left":"behind"}',1776347208000,'server_2',1,'executing',NULL,NULL,NULL,NULL,NULL);
INSERT INTO "executions" VALUES('exec_0044','run_0045','session_0043','acme','key_1','write',NULL,'{"left":"behind","text":"Z\u00fcrich \u2028 \ud83d\ude00 \ud800 \u0000 </script>","deep":[[{"":null}],true],"number":1e-07,"big":1180591620717411303424,"id":"runtime_other","executionId":"x"}',1776347208000,'server_2',1,'executing',NULL,NULL,NULL,NULL,NULL);
CREATE TABLE idempotency (
	org TEXT NOT NULL, 
	key_id TEXT NOT NULL, 
	tool TEXT NOT NULL, 
	value TEXT NOT NULL, 
	fingerprint BLOB NOT NULL, 
	execution_id TEXT NOT NULL, 
	CONSTRAINT idempotency_pkey PRIMARY KEY (org, key_id, tool, value), 
	CONSTRAINT idempotency_execution_id_fkey FOREIGN KEY(execution_id) REFERENCES executions (id) ON DELETE CASCADE
);
INSERT INTO "idempotency" VALUES('acme','key_1','echo','echo{''t',X'748E3DFA91D7E348ECFBE8B34A301A08E2EF910522C4651AC07BC28B7E708544','exec_0010');
INSERT INTO "idempotency" VALUES('acme','key_1','half','half{''t',X'B455030D16BAB1C7E133AAE8B78C8A35FF5533C0031207F3F73B8171CB3B755D','exec_0013');
INSERT INTO "idempotency" VALUES('acme','key_1','absent','absent{''p',X'E8CFBF4C6A936D9EFA739EAC32E84D72614BCAAFFCF3CAA9220CAA70A1B3179D','exec_0019');
INSERT INTO "idempotency" VALUES('acme','key_1','half','half{''a',X'ADA5E77909AF44796017FB0DC2CC5F1C48653B6101DD5D251BDBDA8DDA18FE46','exec_0028');
CREATE TABLE keys (
	id TEXT NOT NULL, 
	org TEXT NOT NULL, 
	name TEXT NOT NULL, 
	scopes TEXT NOT NULL, 
	secret_hash BLOB NOT NULL, 
	hint TEXT NOT NULL, 
	created_at BIGINT NOT NULL, 
	expires_at BIGINT, 
	revoked_at BIGINT, 
	last_used_at BIGINT, 
	CONSTRAINT keys_pkey PRIMARY KEY (id), 
	CONSTRAINT keys_org_fkey FOREIGN KEY(org) REFERENCES orgs (name) ON DELETE CASCADE, 
	CONSTRAINT keys_unique_secret_hash UNIQUE (secret_hash)
);
CREATE TABLE orgs (
	name TEXT NOT NULL, 
	created_at BIGINT NOT NULL, push TEXT DEFAULT 'merge' NOT NULL, 
	CONSTRAINT orgs_pkey PRIMARY KEY (name)
);
INSERT INTO "orgs" VALUES('acme',1776247200000,'merge');
CREATE TABLE pushes (
	id TEXT NOT NULL, 
	org TEXT NOT NULL, 
	key_id TEXT NOT NULL, 
	old TEXT NOT NULL, 
	new TEXT NOT NULL, 
	commits INTEGER NOT NULL, 
	at BIGINT NOT NULL, 
	CONSTRAINT pushes_pkey PRIMARY KEY (id), 
	CONSTRAINT pushes_org_fkey FOREIGN KEY(org) REFERENCES orgs (name) ON DELETE CASCADE
);
CREATE TABLE seen (
	place INTEGER NOT NULL, 
	session_id TEXT NOT NULL, 
	resource TEXT NOT NULL, 
	version TEXT NOT NULL, 
	CONSTRAINT seen_pkey PRIMARY KEY (place), 
	CONSTRAINT seen_session_id_fkey FOREIGN KEY(session_id) REFERENCES sessions (id) ON DELETE CASCADE, 
	CONSTRAINT seen_unique_session_id_resource_version UNIQUE (session_id, resource, version)
);
INSERT INTO "seen" VALUES(1,'session_0001','/a.md','v1');
INSERT INTO "seen" VALUES(2,'session_0009','/a.md','v1');
CREATE TABLE sessions (
	id TEXT NOT NULL, 
	org TEXT NOT NULL, 
	title TEXT NOT NULL, 
	source TEXT NOT NULL, 
	interaction_mode TEXT NOT NULL, 
	status TEXT NOT NULL, 
	created_at BIGINT NOT NULL, 
	updated_at BIGINT NOT NULL, 
	CONSTRAINT sessions_pkey PRIMARY KEY (id), 
	CONSTRAINT sessions_org_fkey FOREIGN KEY(org) REFERENCES orgs (name) ON DELETE CASCADE
);
INSERT INTO "sessions" VALUES('session_0001','acme','Agent Runtime Session','api','execute','active',1776247200000,1776247200000);
INSERT INTO "sessions" VALUES('session_0005','acme','Agent Runtime Session','api','execute','active',1776247200000,1776247200000);
INSERT INTO "sessions" VALUES('session_0009','acme','Mine','api','execute','active',1776347200000,1776347207000);
INSERT INTO "sessions" VALUES('session_0031','acme','Agent Runtime Session','api','execute','active',1776347207000,1776347208000);
INSERT INTO "sessions" VALUES('session_0035','acme','Agent Runtime Session','api','execute','active',1776347207000,1776347208000);
INSERT INTO "sessions" VALUES('session_0039','acme','Agent Runtime Session','api','execute','active',1776347208000,1776347208000);
INSERT INTO "sessions" VALUES('session_0043','acme','Agent Runtime Session','api','execute','active',1776347208000,1776347208000);
CREATE INDEX keys_by_org ON keys (org);
CREATE INDEX sessions_by_org_id ON sessions (org, id);
CREATE INDEX executions_by_session_id_id ON executions (session_id, id);
CREATE INDEX executions_with_events ON executions (finished_at) WHERE has_events = 1;
CREATE INDEX idempotency_by_execution_id ON idempotency (execution_id);
CREATE INDEX pushes_by_org_id ON pushes (org, id);
COMMIT;
