-- newsletter 0001
CREATE TABLE newsletter_version ( version_num VARCHAR(32) NOT NULL, CONSTRAINT newsletter_version_pkc PRIMARY KEY (version_num) );
CREATE TABLE feed ( id INTEGER NOT NULL, url TEXT NOT NULL, title TEXT NOT NULL, site_url TEXT NOT NULL, etag TEXT NOT NULL, last_modified TEXT NOT NULL, checked_at DATETIME, failures INTEGER NOT NULL, state VARCHAR(16) NOT NULL, moved_to TEXT NOT NULL, sightings INTEGER NOT NULL, wait_until DATETIME, trouble TEXT NOT NULL, body_hash VARCHAR(64) NOT NULL, marks JSON NOT NULL, PRIMARY KEY (id), UNIQUE (url) );
CREATE TABLE post ( id INTEGER NOT NULL, feed_id INTEGER NOT NULL, guid TEXT NOT NULL, url TEXT NOT NULL, fingerprint VARCHAR(64) NOT NULL, title TEXT NOT NULL, author TEXT NOT NULL, published DATETIME, updated DATETIME, first_seen DATETIME, last_seen DATETIME, stable_since DATETIME, html TEXT NOT NULL, excerpt TEXT NOT NULL, image JSON, categories JSON NOT NULL, comment_count INTEGER, comments_url TEXT NOT NULL, reading_minutes INTEGER NOT NULL, facts JSON, protected BOOLEAN NOT NULL, state VARCHAR(20) NOT NULL, reason TEXT NOT NULL, PRIMARY KEY (id), UNIQUE (feed_id, guid), FOREIGN KEY(feed_id) REFERENCES feed (id) );
CREATE INDEX post_by_state ON post (state);
CREATE TABLE issue ( id INTEGER NOT NULL, number INTEGER NOT NULL, "key" VARCHAR(16) NOT NULL, rhythm VARCHAR(12) NOT NULL, status VARCHAR(12) NOT NULL, subject TEXT NOT NULL, preheader TEXT NOT NULL, greetings TEXT NOT NULL, wish TEXT NOT NULL, races TEXT NOT NULL, note TEXT NOT NULL, planned_for DATETIME NOT NULL, created_at DATETIME NOT NULL, noticed_at DATETIME, pinned_posts TEXT NOT NULL, approved_hash VARCHAR(64) NOT NULL, frozen_at DATETIME, sent_at DATETIME, tripped_at DATETIME, PRIMARY KEY (id), UNIQUE (rhythm, "key"), UNIQUE (number) );
CREATE TABLE issue_post ( issue_id INTEGER NOT NULL, post_id INTEGER NOT NULL, rhythm VARCHAR(12) NOT NULL, position INTEGER NOT NULL, PRIMARY KEY (issue_id, post_id), UNIQUE (rhythm, post_id), FOREIGN KEY(issue_id) REFERENCES issue (id), FOREIGN KEY(post_id) REFERENCES post (id) );
CREATE TABLE intro_use ( issue_id INTEGER NOT NULL, hemisphere VARCHAR(8) NOT NULL, intro_id TEXT NOT NULL, PRIMARY KEY (issue_id, hemisphere), FOREIGN KEY(issue_id) REFERENCES issue (id) );
CREATE TABLE edition ( issue_id INTEGER NOT NULL, "key" VARCHAR(8) NOT NULL, subject TEXT NOT NULL, preheader TEXT NOT NULL, html TEXT NOT NULL, text TEXT NOT NULL, mjml TEXT NOT NULL, nonce VARCHAR(16) NOT NULL, content_hash VARCHAR(64) NOT NULL, PRIMARY KEY (issue_id, "key"), FOREIGN KEY(issue_id) REFERENCES issue (id) );
CREATE TABLE batch ( id INTEGER NOT NULL, issue_id INTEGER NOT NULL, edition VARCHAR(8) NOT NULL, status VARCHAR(10) NOT NULL, fence INTEGER NOT NULL, attempt_id VARCHAR(32) NOT NULL, holder TEXT NOT NULL, lease_until DATETIME, mailer VARCHAR(16) NOT NULL, hold_id TEXT NOT NULL, send_at DATETIME, provider_id TEXT NOT NULL, detail TEXT NOT NULL, updated_at DATETIME NOT NULL, PRIMARY KEY (id), FOREIGN KEY(issue_id) REFERENCES issue (id) );
CREATE INDEX batch_by_status ON batch (issue_id, status);
CREATE INDEX batch_by_attempt ON batch (attempt_id);
CREATE TABLE delivery ( id INTEGER NOT NULL, issue_id INTEGER NOT NULL, batch_id INTEGER NOT NULL, subscriber_id INTEGER NOT NULL, address TEXT NOT NULL, status VARCHAR(10) NOT NULL, detail TEXT NOT NULL, PRIMARY KEY (id), UNIQUE (issue_id, subscriber_id), UNIQUE (issue_id, address), FOREIGN KEY(issue_id) REFERENCES issue (id), FOREIGN KEY(batch_id) REFERENCES batch (id) );
CREATE INDEX delivery_by_batch ON delivery (batch_id);
CREATE TABLE event ( id INTEGER NOT NULL, mark VARCHAR(100) NOT NULL, kind VARCHAR(32) NOT NULL, at DATETIME NOT NULL, issue_id INTEGER, subscriber_id INTEGER, attempt_id VARCHAR(64) NOT NULL, detail TEXT NOT NULL, PRIMARY KEY (id), UNIQUE (mark) );
CREATE INDEX event_by_issue ON event (issue_id, kind);
INSERT INTO newsletter_version (version_num) VALUES ('0001') RETURNING version_num;
INSERT INTO issue (id, number, key, rhythm, status, subject, preheader, greetings, wish, races, note, planned_for, created_at, pinned_posts, approved_hash, frozen_at) VALUES (1, 1, '2026-W48', 'weekly', 'sending', 'Mud', '', '[]', '{}', '[]', '', '2026-11-29 14:00:00', '2026-11-28 14:00:00', '', '', '2026-11-29 14:00:00');
INSERT INTO edition (issue_id, key, subject, preheader, html, text, mjml, nonce, content_hash) VALUES (1, 'south', 'Mud', '', '<p>Mud</p>', 'Mud', '', 'ab', 'cd');
INSERT INTO batch (id, issue_id, edition, status, fence, attempt_id, holder, mailer, hold_id, provider_id, detail, updated_at) VALUES (1, 1, 'south', 'planned', 0, '', '', '', '', '', '', '2026-11-29 14:00:00');
INSERT INTO delivery (id, issue_id, batch_id, subscriber_id, address, status, detail) VALUES (1, 1, 1, 7, 'sue@example.com', 'pending', '');
-- newsletter 0002
ALTER TABLE issue ADD COLUMN since DATETIME;
ALTER TABLE issue ADD COLUMN passed_over INTEGER DEFAULT '0' NOT NULL;
CREATE TABLE _alembic_tmp_edition ( issue_id INTEGER NOT NULL, "key" VARCHAR(100) NOT NULL, subject TEXT NOT NULL, preheader TEXT NOT NULL, html TEXT NOT NULL, text TEXT NOT NULL, mjml TEXT NOT NULL, nonce VARCHAR(16) NOT NULL, content_hash VARCHAR(64) NOT NULL, hemisphere VARCHAR(8) DEFAULT 'north' NOT NULL, topics JSON DEFAULT '[]' NOT NULL, posts JSON DEFAULT '[]' NOT NULL, PRIMARY KEY (issue_id, "key"), FOREIGN KEY(issue_id) REFERENCES issue (id) );
INSERT INTO _alembic_tmp_edition (issue_id, "key", subject, preheader, html, text, mjml, nonce, content_hash) SELECT edition.issue_id, edition."key", edition.subject, edition.preheader, edition.html, edition.text, edition.mjml, edition.nonce, edition.content_hash FROM edition;
DROP TABLE edition;
ALTER TABLE _alembic_tmp_edition RENAME TO edition;
UPDATE edition SET hemisphere = key;
ALTER TABLE batch ADD COLUMN for_edition VARCHAR(100) DEFAULT '' NOT NULL;
UPDATE batch SET for_edition = edition;
ALTER TABLE batch DROP COLUMN edition;
ALTER TABLE batch RENAME COLUMN for_edition TO edition;
UPDATE newsletter_version SET version_num='0002' WHERE newsletter_version.version_num = '0001';
-- newsletter 0003
CREATE TABLE lead ( issue_id INTEGER NOT NULL, traits JSON NOT NULL, PRIMARY KEY (issue_id), FOREIGN KEY(issue_id) REFERENCES issue (id) );
CREATE TABLE pace ( road VARCHAR(16) NOT NULL, free_at DATETIME NOT NULL, PRIMARY KEY (road) );
UPDATE newsletter_version SET version_num='0003' WHERE newsletter_version.version_num = '0002';
-- newsletter 0004
ALTER TABLE post ADD COLUMN source TEXT;
UPDATE newsletter_version SET version_num='0004' WHERE newsletter_version.version_num = '0003';
-- newsletter 0005
CREATE TABLE picture ( name VARCHAR(80) NOT NULL, body BLOB NOT NULL, PRIMARY KEY (name) );
CREATE TABLE picture_source ( "key" VARCHAR(64) NOT NULL, name VARCHAR(80) NOT NULL, width INTEGER NOT NULL, height INTEGER NOT NULL, PRIMARY KEY ("key") );
UPDATE newsletter_version SET version_num='0005' WHERE newsletter_version.version_num = '0004';
-- newsletter 0006
ALTER TABLE picture ADD COLUMN shown BOOLEAN DEFAULT 0 NOT NULL;
UPDATE newsletter_version SET version_num='0006' WHERE newsletter_version.version_num = '0005';
-- newsletter 0007
ALTER TABLE delivery ADD COLUMN fault VARCHAR(16) DEFAULT '' NOT NULL;
ALTER TABLE delivery ADD COLUMN tries INTEGER DEFAULT '0' NOT NULL;
ALTER TABLE delivery ADD COLUMN deferred_at DATETIME;
ALTER TABLE batch ADD COLUMN not_before DATETIME;
UPDATE newsletter_version SET version_num='0007' WHERE newsletter_version.version_num = '0006';
-- newsletter 0008
ALTER TABLE feed ADD COLUMN started_at DATETIME;
ALTER TABLE feed ADD COLUMN oldest_at_start DATETIME;
UPDATE newsletter_version SET version_num='0008' WHERE newsletter_version.version_num = '0007';
-- newsletter 0009
CREATE TABLE notice ( kind VARCHAR(12) NOT NULL, about VARCHAR(400) NOT NULL, said TEXT DEFAULT '' NOT NULL, mailed TEXT DEFAULT '' NOT NULL, contents TEXT DEFAULT '' NOT NULL, PRIMARY KEY (kind, about) );
ALTER TABLE issue ADD COLUMN void_reason TEXT DEFAULT '' NOT NULL;
ALTER TABLE issue ADD COLUMN missed_for DATETIME;
UPDATE newsletter_version SET version_num='0009' WHERE newsletter_version.version_num = '0008';
-- newsletter 0010
ALTER TABLE post ADD COLUMN left_out JSON;
UPDATE newsletter_version SET version_num='0010' WHERE newsletter_version.version_num = '0009';
-- newsletter 0011
CREATE TABLE greeting_part ( issue_id INTEGER NOT NULL, hemisphere VARCHAR(8) NOT NULL, part VARCHAR(8) NOT NULL, part_id TEXT NOT NULL, PRIMARY KEY (issue_id, hemisphere, part), FOREIGN KEY(issue_id) REFERENCES issue (id) );
CREATE TABLE unwanted_part ( part_id VARCHAR(200) NOT NULL, since DATETIME NOT NULL, PRIMARY KEY (part_id) );
INSERT INTO greeting_part (issue_id, hemisphere, part, part_id) SELECT issue_id, hemisphere, 'thought', intro_id FROM intro_use;
DROP TABLE intro_use;
UPDATE newsletter_version SET version_num='0011' WHERE newsletter_version.version_num = '0010';
-- newsletter 0012
ALTER TABLE issue ADD COLUMN own_edits TEXT DEFAULT '' NOT NULL;
CREATE TABLE kept_edits ( rhythm VARCHAR(12) NOT NULL, "key" VARCHAR(16) NOT NULL, own_edits TEXT NOT NULL, PRIMARY KEY (rhythm, "key") );
UPDATE newsletter_version SET version_num='0012' WHERE newsletter_version.version_num = '0011';
-- newsletter 0013
ALTER TABLE issue ADD COLUMN undone_edits TEXT DEFAULT '' NOT NULL;
UPDATE newsletter_version SET version_num='0013' WHERE newsletter_version.version_num = '0012';
-- newsletter 0014
ALTER TABLE issue ADD COLUMN release_at DATETIME;
ALTER TABLE issue ADD COLUMN before_release TEXT DEFAULT '' NOT NULL;
CREATE TABLE slot_change ( rhythm VARCHAR(12) NOT NULL, "key" VARCHAR(16) NOT NULL, moved_to DATETIME, PRIMARY KEY (rhythm, "key") );
CREATE TABLE decision ( id INTEGER NOT NULL, number INTEGER NOT NULL, "key" VARCHAR(16) NOT NULL, at DATETIME NOT NULL, kind VARCHAR(16) NOT NULL, way VARCHAR(16) NOT NULL, who TEXT DEFAULT '' NOT NULL, detail TEXT DEFAULT '' NOT NULL, content_hash VARCHAR(64) DEFAULT '' NOT NULL, PRIMARY KEY (id) );
CREATE INDEX decision_by_number ON decision (number);
UPDATE newsletter_version SET version_num='0014' WHERE newsletter_version.version_num = '0013';
-- newsletter 0015
CREATE TABLE identity ( newsletter VARCHAR(32) NOT NULL, machine VARCHAR(64) NOT NULL, moved_to TEXT NOT NULL, arriving BOOLEAN NOT NULL, PRIMARY KEY (newsletter) );
INSERT INTO identity (newsletter, machine, moved_to, arriving) VALUES ('3e311c83d0ca40018811c90f1528cdb8', '', '', 0);
UPDATE newsletter_version SET version_num='0015' WHERE newsletter_version.version_num = '0014';
-- newsletter 0016
CREATE TABLE delivery_summary ( issue_id INTEGER NOT NULL, status VARCHAR(10) NOT NULL, fault VARCHAR(16) NOT NULL, count INTEGER NOT NULL, PRIMARY KEY (issue_id, status, fault), FOREIGN KEY(issue_id) REFERENCES issue (id) );
CREATE TABLE event_summary ( issue_id INTEGER NOT NULL, kind VARCHAR(32) NOT NULL, count INTEGER NOT NULL, readers INTEGER NOT NULL, PRIMARY KEY (issue_id, kind) );
UPDATE newsletter_version SET version_num='0016' WHERE newsletter_version.version_num = '0015';
-- newsletter 0017
CREATE INDEX delivery_not_accepted ON delivery (issue_id, status) WHERE status NOT IN ('accepted', 'pending');
DROP INDEX event_by_issue;
CREATE INDEX event_by_issue ON event (issue_id, kind, subscriber_id);
CREATE INDEX event_by_reader ON event (subscriber_id);
UPDATE newsletter_version SET version_num='0017' WHERE newsletter_version.version_num = '0016';
-- subscribers 0001
CREATE TABLE subscribers_version ( version_num VARCHAR(32) NOT NULL, CONSTRAINT subscribers_version_pkc PRIMARY KEY (version_num) );
CREATE TABLE subscribers ( id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT, address VARCHAR(254) NOT NULL, address_key VARCHAR(254) NOT NULL, name TEXT DEFAULT '' NOT NULL, status VARCHAR(16) NOT NULL, hemisphere VARCHAR(16) DEFAULT '' NOT NULL, rhythm VARCHAR(16) DEFAULT '' NOT NULL, topics TEXT DEFAULT '' NOT NULL, tags TEXT DEFAULT '' NOT NULL, confirmed_at DATETIME, source TEXT DEFAULT '' NOT NULL, created_at DATETIME NOT NULL );
CREATE UNIQUE INDEX uq_subscribers_address_key ON subscribers (address_key);
CREATE TABLE consents ( id INTEGER NOT NULL, subscriber_id INTEGER NOT NULL, event VARCHAR(16) NOT NULL, at DATETIME NOT NULL, actor VARCHAR(16) NOT NULL, source TEXT DEFAULT '' NOT NULL, wording VARCHAR(64) DEFAULT '' NOT NULL, ip VARCHAR(45) DEFAULT '' NOT NULL, CONSTRAINT pk_consents PRIMARY KEY (id) );
CREATE INDEX ix_consents_subscriber_id ON consents (subscriber_id);
CREATE TABLE suppressions ( mark VARCHAR(64) NOT NULL, reason VARCHAR(16) NOT NULL, at DATETIME NOT NULL, CONSTRAINT pk_suppressions PRIMARY KEY (mark) );
INSERT INTO subscribers_version (version_num) VALUES ('0001') RETURNING version_num;
INSERT INTO subscribers (id, address, address_key, name, status, created_at) VALUES (7, 'Sue@example.com', 'sue@example.com', 'Sue', 'active', '2026-11-01 08:00:00');
INSERT INTO consents (id, subscriber_id, event, at, actor) VALUES (1, 7, 'added', '2026-11-01 08:00:00', 'author');
-- subscribers 0002
ALTER TABLE subscribers ADD COLUMN asked_at DATETIME;
ALTER TABLE subscribers ADD COLUMN was VARCHAR(16) DEFAULT '' NOT NULL;
CREATE INDEX ix_subscribers_asked_at ON subscribers (asked_at);
CREATE TABLE sign_ups ( id INTEGER NOT NULL, at DATETIME NOT NULL, address_mark VARCHAR(64) NOT NULL, network_mark VARCHAR(64) NOT NULL, waiting BOOLEAN NOT NULL, letter VARCHAR(16) DEFAULT '' NOT NULL, wish TEXT DEFAULT '' NOT NULL, CONSTRAINT pk_sign_ups PRIMARY KEY (id) );
CREATE INDEX ix_sign_ups_at ON sign_ups (at);
CREATE INDEX ix_sign_ups_network_mark_at ON sign_ups (network_mark, at);
CREATE INDEX ix_sign_ups_address_mark_at ON sign_ups (address_mark, at);
CREATE INDEX ix_sign_ups_waiting ON sign_ups (waiting);
CREATE TABLE gate ( id INTEGER NOT NULL, shut_at DATETIME, counted BIGINT DEFAULT '0' NOT NULL, CONSTRAINT pk_gate PRIMARY KEY (id) );
INSERT INTO gate (id) VALUES (1);
CREATE TABLE letters ( id INTEGER NOT NULL, subscriber_id INTEGER NOT NULL, kind VARCHAR(16) NOT NULL, not_before DATETIME NOT NULL, tries INTEGER DEFAULT '0' NOT NULL, CONSTRAINT pk_letters PRIMARY KEY (id) );
CREATE UNIQUE INDEX uq_letters_subscriber_id_kind ON letters (subscriber_id, kind);
CREATE INDEX ix_letters_kind_not_before ON letters (kind, not_before);
CREATE TABLE moves ( subscriber_id INTEGER NOT NULL, address VARCHAR(254) NOT NULL, asked_at DATETIME NOT NULL, CONSTRAINT pk_moves PRIMARY KEY (subscriber_id) );
UPDATE subscribers_version SET version_num='0002' WHERE subscribers_version.version_num = '0001';
-- subscribers 0003
CREATE TRIGGER consents_stay_update BEFORE UPDATE ON consents WHEN NEW.id <> OLD.id OR NEW.subscriber_id <> OLD.subscriber_id OR NEW.event <> OLD.event OR NEW.at <> OLD.at OR NEW.actor <> OLD.actor OR NEW.wording <> OLD.wording BEGIN SELECT RAISE(ABORT, 'the consent log is append-only'); END;
CREATE TRIGGER consents_stay_delete BEFORE DELETE ON consents BEGIN SELECT RAISE(ABORT, 'the consent log is append-only'); END;
UPDATE subscribers_version SET version_num='0003' WHERE subscribers_version.version_num = '0002';
-- subscribers 0004
ALTER TABLE subscribers ADD COLUMN signed_up_at DATETIME;
CREATE TABLE imports ( id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT, at DATETIME NOT NULL, source TEXT DEFAULT '' NOT NULL, above INTEGER NOT NULL, up_to INTEGER NOT NULL, undone_at DATETIME );
CREATE TABLE import_changes ( id INTEGER NOT NULL, previous TEXT NOT NULL, written TEXT NOT NULL, CONSTRAINT pk_import_changes PRIMARY KEY (id) );
UPDATE subscribers_version SET version_num='0004' WHERE subscribers_version.version_num = '0003';
-- subscribers 0005
ALTER TABLE subscribers ADD COLUMN link_id VARCHAR(16) DEFAULT '' NOT NULL;
ALTER TABLE subscribers ADD COLUMN old_link_number INTEGER DEFAULT '0' NOT NULL;
UPDATE subscribers SET link_id = 'Abcdefghijklmno7', old_link_number = id;
CREATE UNIQUE INDEX uq_subscribers_link_id ON subscribers (link_id);
CREATE UNIQUE INDEX uq_subscribers_old_link_number ON subscribers (old_link_number) WHERE old_link_number <> 0;
CREATE TABLE former_links ( link VARCHAR(16) NOT NULL, subscriber_id INTEGER NOT NULL, CONSTRAINT pk_former_links PRIMARY KEY (link) );
CREATE INDEX ix_former_links_subscriber_id ON former_links (subscriber_id);
UPDATE subscribers_version SET version_num='0005' WHERE subscribers_version.version_num = '0004';
-- subscribers 0006
CREATE INDEX ix_subscribers_not_active ON subscribers (status, id) WHERE status <> 'active';
UPDATE subscribers_version SET version_num='0006' WHERE subscribers_version.version_num = '0005';
-- subscribers 0007
CREATE INDEX ix_consents_unsubscribed ON consents (at) WHERE event = 'unsubscribed';
UPDATE subscribers_version SET version_num='0007' WHERE subscribers_version.version_num = '0006';
-- subscribers 0008
CREATE INDEX ix_subscribers_choices ON subscribers (rhythm, hemisphere, topics, status) WHERE status = 'active';
UPDATE subscribers_version SET version_num='0008' WHERE subscribers_version.version_num = '0007';
-- newsletter 0018
ALTER TABLE event ADD COLUMN post_id INTEGER;
CREATE TABLE click_summary ( issue_id INTEGER NOT NULL, post_id INTEGER NOT NULL, readers INTEGER NOT NULL, PRIMARY KEY (issue_id, post_id) );
UPDATE newsletter_version SET version_num='0018' WHERE newsletter_version.version_num = '0017';
