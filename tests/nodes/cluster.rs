//! Where nodes run: the accounts that they share, and the store of their sessions.

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
    /// As many as the store serves.
    nodes: usize,
}

impl Cluster {
    /// With a file, which one process can have.
    pub(crate) fn file() -> Self {
        let mut site = Cluster::new(String::new(), 1);
        site.url = format!("file:{}", site.file_path().display());
        site
    }

    pub(crate) fn redis(server: &redis::Server) -> Self {
        Cluster::new(server.url(), 2)
    }

    /// With sessions in the memory of each node.
    pub(crate) fn memory() -> Self {
        Cluster::new("memory:".to_owned(), 1)
    }

    /// With this table.
    pub(crate) fn postgres(server: &postgres::Server, table: &str) -> Self {
        Cluster::new(server.url(&format!("table={table}")), 2)
    }

    fn new(url: String, nodes: usize) -> Self {
        Cluster { folder: Folder::new(), url, nodes }
    }

    /// Another node, with these settings of sessions besides the store.
    pub(crate) fn node(&self, sessions: &str) -> Node {
        let settings =
            format!("{{allow_refresh=true,master_secret={SECRET:?},sessions={{url={:?},{sessions}}}}}", self.url);
        Node::start(self.folder.as_ref(), settings)
    }

    /// One whose keys are those of Rocket.toml, with these settings besides.
    pub(crate) fn node_with_keys(&self, settings: &str) -> Node {
        let sessions = format!("{{url={:?},secret={SECRET:?}}}", self.url);
        Node::start(self.folder.as_ref(), format!("{{allow_refresh=true,sessions={sessions},{settings}}}"))
    }

    /// Puts a file there, or another in its place: whole, as who replaces keys does it.
    pub(crate) fn put(&self, file: &str, content: &str) {
        self.folder.put(file, content);
    }

    /// Two, where the store serves more than one.
    pub(crate) fn nodes(&self, sessions: &str) -> Vec<Node> {
        (0..self.nodes).map(|_| self.node(sessions)).collect()
    }

    /// The file of [`Cluster::file`].
    pub(crate) fn file_path(&self) -> PathBuf {
        self.folder.path("sessions.db")
    }
}

/// One PostgreSQL for all tests: to make one takes long. `None` where it is not installed.
pub(crate) fn postgres() -> Option<&'static postgres::Server> {
    static SERVER: OnceLock<Option<postgres::Server>> = OnceLock::new();
    SERVER.get_or_init(|| postgres::Server::start("")).as_ref()
}

/// All that lies in the files of a directory, and below it.
pub(crate) fn bytes_below(directory: &Path) -> Vec<u8> {
    let mut bytes = Vec::new();
    for entry in fs::read_dir(directory).expect("a directory") {
        let path = entry.expect("an entry").path();
        match fs::read(&path) {
            Ok(file) => bytes.extend(file),
            Err(_) if path.is_dir() => bytes.extend(bytes_below(&path)),
            // A socket, or gone meanwhile.
            Err(_) => {}
        }
    }
    bytes
}
