//! What the launch finds out about the server.

use std::collections::BTreeSet;
use std::num::NonZeroU32;

use jwtauth::SessionStore;

use super::server::Server;
use super::{NOW, by_hand, connect, refusal, server, session, step, table};

/// The statements on this table that the server has logged since its log was so long.
fn statements(server: &Server, since: usize, table: &str) -> BTreeSet<String> {
    let log = server.log();
    let mut entries = Vec::<String>::new();
    for line in log[since..].lines() {
        match line.strip_prefix('\t') {
            // The rest of a statement that has several lines.
            Some(more) => entries.last_mut().expect("a statement").push_str(&format!(" {}", more.trim())),
            None => entries.push(line.to_owned()),
        }
    }
    let statements = entries.iter().filter_map(|entry| entry.split_once(" LOG:  execute ")?.1.split_once(": "));
    let names = format!("\"{table}\"");
    statements.map(|(_, sql)| sql.to_owned()).filter(|sql| sql.contains(&names)).collect()
}

#[test]
fn postgres_store_launch_runs_every_statement() {
    let Some(server) = server() else { return };
    rocket::execute(async {
        let table = table();
        let url = server.url(&format!("table={table}"));
        connect(&url).await;
        let before = server.log().len();
        let store = connect(&url).await;
        let at_launch = statements(server, before, &table);

        let before = server.log().len();
        let (session, id) = (session("alice"), session("bob").id);
        store.create(&session, None).await.expect("create");
        store.create(&super::session("alice"), NonZeroU32::new(1)).await.expect("create");
        store.advance(id, step(0)).await.expect("advance");
        store.get(id).await.expect("get");
        store.end(id).await.expect("end");
        store.end_all("carol", None).await.expect("end_all");
        store.list("alice", NOW).await.expect("list");
        store.find_reuse(id).await.expect("find_reuse");
        store.forget_reuse(id).await.expect("forget_reuse");
        store.purge(NOW).await.expect("purge");
        let in_use = statements(server, before, &table);
        assert_eq!(in_use.len(), 11, "{in_use:#?}");
        // These would add a row. Whether the role may do that is checked by its rights.
        let (adding, others): (Vec<_>, Vec<_>) = in_use.iter().partition(|sql| sql.contains("INSERT INTO"));
        assert_eq!(adding.len(), 2, "{adding:#?}");
        let missing: Vec<_> = others.into_iter().filter(|sql| !at_launch.contains(*sql)).collect();
        assert!(missing.is_empty(), "not run at launch: {missing:#?}");
    });
}

#[test]
fn postgres_store_launch_stops_at_statement_that_fails() {
    let Some(server) = server() else { return };
    rocket::execute(async {
        let (table, client) = (table(), by_hand(server).await);
        let url = server.url(&format!("table={table}"));
        connect(&url).await;
        // A trigger of a statement fires even if the statement finds no row.
        for (event, part) in [
            ("UPDATE", "AS answer FROM held"),
            ("DELETE", "AND reused IS NOT TRUE RETURNING"),
            ("DELETE", "AND reused"),
            ("DELETE", "DISTINCT FROM"),
            ("DELETE", "ctid >="),
        ] {
            let trigger = format!(
                "CREATE OR REPLACE FUNCTION {table}_stop() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
                     IF position('{part}' IN current_query()) > 0 THEN RAISE 'not on this server'; END IF; RETURN NULL;
                 END $$;
                 CREATE TRIGGER stop BEFORE {event} ON {table} FOR EACH STATEMENT EXECUTE FUNCTION {table}_stop()"
            );
            client.batch_execute(&trigger).await.expect("a trigger");
            let why = refusal(&url).await;
            assert!(why.contains("PostgreSQL says: not on this server (P0001)"), "{part}: {why}");
            client.batch_execute(&format!("DROP TRIGGER stop ON {table}")).await.expect("it is there");
        }
        connect(&url).await;
    });
}
