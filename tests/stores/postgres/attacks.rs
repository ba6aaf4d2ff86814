//! Secrets that must not be visible.

use jwtauth::{PostgresStore, SessionStore};

use super::server::{PASSWORD, USER, free_port};
use super::{refusal, server, session};

#[test]
fn postgres_store_errors_contain_no_password() {
    let Some(server) = server() else { return };
    rocket::execute(async {
        let port = server.port();
        for url in [
            format!("postgres://{USER}:{PASSWORD}-wrong@127.0.0.1:{port}/postgres"),
            format!("postgres://nobody:{PASSWORD}@127.0.0.1:{port}/postgres"),
            format!("postgres://{USER}:{PASSWORD}@127.0.0.1:{port}/nowhere"),
            format!("postgres://{USER}:{PASSWORD}@127.0.0.1:{}/postgres", free_port()),
            format!("postgres://{USER}:{PASSWORD}@127.0.0.1:{port}/postgres?sslmode=require"),
            format!("postgres://{USER}:{PASSWORD}@127.0.0.1:{port}/postgres?sslmode=require&sslrootcert=/nowhere"),
            format!("postgres://{USER}:{PASSWORD}@does-not-exist.invalid/postgres?sslmode=disable"),
            format!("postgres://{USER}:{PASSWORD}@more@127.0.0.1/postgres"),
            format!("postgres://{USER}:more?{PASSWORD}@127.0.0.1/postgres"),
            format!("postgres://{USER}:{PASSWORD}@127.0.0.1:{port}/postgres?table={PASSWORD}"),
            format!("postgres://{USER}:{PASSWORD}@127.0.0.1:{port}/postgres?{PASSWORD}=1"),
            PASSWORD.to_owned(),
        ] {
            let error = PostgresStore::open(&url).await.expect_err("a refusal");
            assert!(!format!("{error:?}").contains(PASSWORD), "{error:?}");
            let why = refusal(&url).await;
            assert!(!why.contains(PASSWORD), "{why}");
            assert!(why.len() > "the session store failed: ".len());
        }
    });
}

#[test]
fn postgres_store_error_names_reason_of_server() {
    let Some(server) = server() else { return };
    rocket::execute(async {
        let why = refusal(&format!("postgres://{USER}:wrong@127.0.0.1:{}/postgres", server.port())).await;
        assert!(why.contains("password authentication failed"), "{why}");
        let why = refusal(&format!("postgres://{USER}:{PASSWORD}@127.0.0.1:{}/nowhere", server.port())).await;
        assert!(why.contains("database \"nowhere\" does not exist"), "{why}");
    });
}

#[test]
fn postgres_store_errors_contain_no_row() {
    let Some(server) = server() else { return };
    rocket::execute(async {
        let store = super::connect(&server.url(&format!("table={}", super::table()))).await;
        let session = session("alice@example.com");
        store.create(&session, None).await.expect("create");
        let error = store.create(&session, None).await.expect_err("it is there");
        let text = format!("{error:?} {}", super::causes(&error));
        assert!(text.contains("23505") && !text.contains("alice") && !text.contains("\\x"), "{text}");
    });
}
