//! Reads the imports of each module from the sources.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use syn::visit::{self, Visit};
use syn::{Attribute, Item, UseTree, Visibility};

/// The path of a module: `["keys", "ring"]` for `keys/ring.rs`; empty for `lib.rs`.
type Module = Vec<String>;

/// The modules of a crate and their imports. Each file is one module. Test modules are skipped.
pub(crate) struct Crate {
    files: BTreeMap<Module, File>,
    imports: BTreeSet<(Module, Module)>,
}

/// One source file.
#[derive(Default)]
struct File {
    /// The names that the file re-exports, each with its original path.
    reexports: BTreeMap<String, Vec<String>>,
    /// Every path that begins with `crate`, `super` or `self`, except re-exports.
    paths: BTreeSet<Vec<String>>,
    /// The first segments of all other paths. If a re-exported name is among them, the file uses it itself.
    names: BTreeSet<String>,
}

impl Crate {
    pub(crate) fn read(source: &Path) -> Self {
        let mut files = BTreeMap::new();
        read_directory(source, &[], &mut files);
        let mut this = Crate { files, imports: BTreeSet::new() };
        this.imports = this.resolve_all();
        this
    }

    pub(crate) fn files(&self) -> impl Iterator<Item = &Module> {
        self.files.keys()
    }

    /// All pairs of a module and a module that it imports. `lib.rs` only re-exports and is skipped.
    pub(crate) fn imports(&self) -> impl Iterator<Item = (&[String], &[String])> {
        self.imports.iter().map(|(from, to)| (from.as_slice(), to.as_slice()))
    }

    fn resolve_all(&self) -> BTreeSet<(Module, Module)> {
        let mut imports = BTreeSet::new();
        for (module, file) in self.files.iter().filter(|(module, _)| !module.is_empty()) {
            let used = file.reexports.iter().filter(|(name, _)| file.names.contains(*name)).map(|(_, path)| path);
            for path in file.paths.iter().chain(used) {
                let target = self.resolve(module, path, 0);
                if target != *module && !target.is_empty() {
                    imports.insert((module.clone(), target));
                }
            }
        }
        imports
    }

    /// The module that defines the item of a path.
    fn resolve(&self, from: &[String], path: &[String], depth: usize) -> Module {
        assert!(depth < 20, "{path:?} in {from:?} re-exports itself");
        let mut module = from.to_vec();
        for (place, segment) in path.iter().enumerate() {
            match segment.as_str() {
                "crate" => module.clear(),
                "self" => {}
                "super" => drop(module.pop()),
                name => {
                    let child = [&module[..], &[name.to_owned()]].concat();
                    if self.files.contains_key(&child) {
                        module = child;
                    } else if let Some(target) = self.files.get(&module).and_then(|file| file.reexports.get(name)) {
                        let rest = [&target[..], &path[place + 1..]].concat();
                        return self.resolve(&module, &rest, depth + 1);
                    } else {
                        return module;
                    }
                }
            }
        }
        module
    }
}

fn read_directory(directory: &Path, module: &[String], files: &mut BTreeMap<Module, File>) {
    for entry in fs::read_dir(directory).expect("a directory of sources") {
        let path = entry.expect("an entry").path();
        let name = path.file_stem().and_then(|stem| stem.to_str()).expect("a name").to_owned();
        // Binaries are separate crates. `tests.rs` contains the tests of its parent module.
        if name == "bin" || name == "tests" {
            continue;
        }
        let child = [module, std::slice::from_ref(&name)].concat();
        if path.is_dir() {
            read_directory(&path, &child, files);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            let child = if name == "lib" && module.is_empty() { Vec::new() } else { child };
            let syntax = syn::parse_file(&fs::read_to_string(&path).expect("a source")).expect("Rust");
            let mut file = File::default();
            file.visit_file(&syntax);
            files.insert(child, file);
        }
    }
}

impl<'ast> Visit<'ast> for File {
    fn visit_item(&mut self, item: &'ast Item) {
        let attributes: &[Attribute] = match item {
            Item::Mod(item) => &item.attrs,
            Item::Fn(item) => &item.attrs,
            Item::Impl(item) => &item.attrs,
            Item::Use(item) => &item.attrs,
            Item::Const(item) => &item.attrs,
            Item::Struct(item) => &item.attrs,
            _ => &[],
        };
        if !attributes.iter().any(is_for_tests) {
            visit::visit_item(self, item);
        }
    }

    fn visit_item_use(&mut self, item: &'ast syn::ItemUse) {
        let is_private = matches!(item.vis, Visibility::Inherited);
        let mut paths = Vec::new();
        flatten(&item.tree, &mut Vec::new(), &mut paths);
        for (path, name) in paths {
            if !matches!(path[0].as_str(), "crate" | "super" | "self") {
                continue;
            }
            if is_private {
                self.paths.insert(path);
            } else {
                self.reexports.insert(name, path);
            }
        }
    }

    fn visit_path(&mut self, path: &'ast syn::Path) {
        let segments: Vec<_> = path.segments.iter().map(|segment| segment.ident.to_string()).collect();
        if path.leading_colon.is_none() {
            match segments[0].as_str() {
                "crate" | "super" | "self" if segments.len() > 1 => drop(self.paths.insert(segments)),
                name => drop(self.names.insert(name.to_owned())),
            }
        }
        visit::visit_path(self, path);
    }

    /// The arguments of a macro are tokens, not syntax. Their paths are found by `crate ::`.
    fn visit_macro(&mut self, item: &'ast syn::Macro) {
        let text = item.tokens.to_string();
        for (place, _) in text.match_indices("crate :: ") {
            if text[..place].ends_with('$') {
                continue;
            }
            let path = text[place..].split(" :: ").map(|segment| {
                segment.split(|c: char| !c.is_alphanumeric() && c != '_').next().unwrap_or_default().to_owned()
            });
            let path: Vec<_> = path.take_while(|segment| !segment.is_empty()).collect();
            self.paths.insert(path);
        }
        let names = text.split(|c: char| !c.is_alphanumeric() && c != '_');
        self.names.extend(names.filter(|name| !name.is_empty()).map(str::to_owned));
        visit::visit_macro(self, item);
    }
}

/// Whether an attribute is `#[cfg(test)]`, alone or in `all(…)`.
fn is_for_tests(attribute: &Attribute) -> bool {
    let syn::Meta::List(list) = &attribute.meta else { return false };
    let text = list.tokens.to_string();
    list.path.is_ident("cfg") && (text == "test" || text.starts_with("all (test"))
}

/// Collects the paths of a `use`, each with the name that it introduces.
fn flatten(tree: &UseTree, prefix: &mut Vec<String>, paths: &mut Vec<(Vec<String>, String)>) {
    match tree {
        UseTree::Path(path) => {
            prefix.push(path.ident.to_string());
            flatten(&path.tree, prefix, paths);
            prefix.pop();
        }
        UseTree::Group(group) => group.items.iter().for_each(|tree| flatten(tree, prefix, paths)),
        UseTree::Name(name) => {
            let name = name.ident.to_string();
            let mut path = prefix.clone();
            if name != "self" {
                path.push(name.clone());
            }
            let known_as = if name == "self" { path.last().cloned().unwrap_or_default() } else { name };
            paths.push((path, known_as));
        }
        UseTree::Rename(rename) => {
            let path = [&prefix[..], &[rename.ident.to_string()]].concat();
            paths.push((path, rename.rename.to_string()));
        }
        UseTree::Glob(_) => paths.push((prefix.clone(), "*".to_owned())),
    }
}
