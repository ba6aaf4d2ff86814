//! The modules of `jwtauth/src`: they follow the order in CONTRIBUTING.md, and no two modules import each other.
#![allow(missing_docs)]

mod imports;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use self::imports::Crate;

fn workspace() -> &'static Path {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/.."))
}

/// The top-level modules from top to bottom: the first column of the table in CONTRIBUTING.md.
fn order() -> Vec<String> {
    let text = fs::read_to_string(workspace().join("CONTRIBUTING.md")).expect("CONTRIBUTING.md");
    let table = text.split("| module | what it is |").nth(1).expect("the table of modules");
    let rows = table.lines().skip(2).take_while(|line| line.starts_with('|'));
    let names = rows.flat_map(|row| {
        let cell = row.split('|').nth(1).unwrap_or_default();
        cell.split('`').skip(1).step_by(2).map(str::to_owned).collect::<Vec<_>>()
    });
    names.collect()
}

/// Each example can be copied alone, so two of them have this file.
#[test]
fn examples_have_the_same_passwords_module() {
    let [one, other] = ["accounts", "custom-store"].map(|example| {
        let path = workspace().join("examples").join(example).join("src/passwords.rs");
        fs::read_to_string(path).expect("a source")
    });
    assert!(one == other, "examples/accounts/src/passwords.rs differs from examples/custom-store/src/passwords.rs");
}

#[test]
fn module_order_names_every_module() {
    let modules = Crate::read(&workspace().join("jwtauth/src"));
    let listed: BTreeSet<_> = order().into_iter().collect();
    let top: BTreeSet<_> = modules.files().filter_map(|file| file.first().cloned()).collect();
    assert_eq!(listed, top, "CONTRIBUTING.md (left) and jwtauth/src (right) name different modules");
}

#[test]
fn module_imports_follow_the_order() {
    let modules = Crate::read(&workspace().join("jwtauth/src"));
    let order = order();
    let rank = |module: &[String]| order.iter().position(|name| Some(name) == module.first());
    let mut against = BTreeSet::new();
    for (from, to) in modules.imports() {
        if from.first() != to.first() && rank(from) > rank(to) {
            against.insert(format!("{} imports {}", from.join("::"), to.join("::")));
        }
    }
    assert!(against.is_empty(), "imports against the order of CONTRIBUTING.md:\n{}", join(&against));
}

#[test]
fn module_imports_have_no_cycle() {
    let modules = Crate::read(&workspace().join("jwtauth/src"));
    let mut graph: BTreeMap<&[String], BTreeSet<&[String]>> = BTreeMap::new();
    for (from, to) in modules.imports() {
        graph.entry(from).or_default().insert(to);
    }
    // All modules that a module imports, directly or indirectly.
    let mut reached = graph.clone();
    loop {
        let before: usize = reached.values().map(BTreeSet::len).sum();
        for from in graph.keys() {
            let further: BTreeSet<_> =
                reached[from].iter().filter_map(|to| reached.get(to)).flatten().copied().collect();
            reached.entry(*from).or_default().extend(further);
        }
        if reached.values().map(BTreeSet::len).sum::<usize>() == before {
            break;
        }
    }
    graph.iter_mut().for_each(|(from, imports)| {
        imports.retain(|to| reached.get(to).is_some_and(|imports| imports.contains(from)));
    });
    let edges = graph
        .iter()
        .flat_map(|(from, imports)| imports.iter().map(|to| format!("{} imports {}", from.join("::"), to.join("::"))));
    let edges: BTreeSet<_> = edges.collect();
    assert!(edges.is_empty(), "modules that import each other:\n{}", join(&edges));
}

fn join(lines: &BTreeSet<String>) -> String {
    lines.iter().map(|line| format!("  {line}\n")).collect()
}
