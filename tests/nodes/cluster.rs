//! The environment of nodes: the accounts that they share, and their session store.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use jwtauth_tests::SECRET;
use jwtauth_tests::folder::Folder;

use crate::node::Node;
use crate::{postgres, redis};

pub(crate) struct Cluster {
    folder: Folder,
    url: String,
    /// The number of nodes that the store can serve, at most two.
    nodes: usize,
}

impl Cluster {
    /// Sessions in a file, which only one process can open.
    pub(crate) fn file() -> Self {
        let mut site = Cluster::new(String::new(), 1);
        site.url = format!("file:{}", site.file_path().display());
        site
    }

    pub(crate) fn redis(server: &redis::Server) -> Self {
        Cluster::new(server.url(), 2)
    }

    /// Sessions in the memory of each node.
    pub(crate) fn memory() -> Self {
        Cluster::new("memory:".to_owned(), 1)
    }

    /// Sessions in this table.
    pub(crate) fn postgres(server: &postgres::Server, table: &str) -> Self {
        Cluster::new(server.url(&format!("table={table}")), 2)
    }

    fn new(url: String, nodes: usize) -> Self {
        Cluster { folder: Folder::new(), url, nodes }
    }

    /// Starts a node with these session settings in addition to the store.
    pub(crate) fn node(&self, sessions: &str) -> Node {
        let settings =
            format!("{{allow_refresh=true,master_secret={SECRET:?},sessions={{url={:?},{sessions}}}}}", self.url);
        Node::start(self.folder.as_ref(), settings)
    }

    /// Starts a node with the keys of Rocket.toml and these additional settings.
    pub(crate) fn node_with_keys(&self, settings: &str) -> Node {
        let sessions = format!("{{url={:?},secret={SECRET:?}}}", self.url);
        Node::start(self.folder.as_ref(), format!("{{allow_refresh=true,sessions={sessions},{settings}}}"))
    }

    /// Creates or replaces a file as a whole, as an operator should replace keys.
    pub(crate) fn put(&self, file: &str, content: &str) {
        self.folder.put(file, content);
    }

    /// Starts two nodes, or one if the store serves only one.
    pub(crate) fn nodes(&self, sessions: &str) -> Vec<Node> {
        (0..self.nodes).map(|_| self.node(sessions)).collect()
    }

    /// The path of the file of [`Cluster::file`].
    pub(crate) fn file_path(&self) -> PathBuf {
        self.folder.path("sessions.db")
    }
}

/// One PostgreSQL for all tests, because starting one is slow. `None` if it is not installed.
pub(crate) fn postgres() -> Option<&'static postgres::Server> {
    static SERVER: OnceLock<Option<postgres::Server>> = OnceLock::new();
    SERVER.get_or_init(|| postgres::Server::start("")).as_ref()
}

/// The content of all files in a directory and its subdirectories.
pub(crate) fn bytes_below(directory: &Path) -> Vec<u8> {
    let mut bytes = Vec::new();
    for entry in fs::read_dir(directory).expect("a directory") {
        let path = entry.expect("an entry").path();
        match fs::read(&path) {
            Ok(file) => bytes.extend(file),
            Err(_) if path.is_dir() => bytes.extend(bytes_below(&path)),
            // This is a socket, or the file was removed in the meantime.
            Err(_) => {}
        }
    }
    bytes
}
