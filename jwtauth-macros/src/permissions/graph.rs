//! The implications between permissions.

use proc_macro2::Span;
use syn::Ident;

use super::model::MAX;
use super::syntax::Implies;
use crate::errors::Errors;

/// A permission that implies another one.
struct Edge {
    to: usize,
    /// The place in the source code.
    at: Span,
    /// Whether it is one of the permissions of a `*`.
    is_of_star: bool,
}

/// For each permission, the bits of the permissions that grant it: itself, and all that imply it, directly or
/// indirectly.
pub(super) fn granted_by(variants: &[(&Ident, Implies)], errors: &mut Errors) -> Vec<u128> {
    let edges: Vec<Vec<Edge>> = (0..variants.len()).map(|from| edges(from, variants, errors)).collect();
    let names: Vec<&Ident> = variants.iter().map(|(name, _)| *name).collect();
    Search { edges: &edges, names: &names, states: vec![State::New; edges.len()], path: Vec::new() }.run(errors);

    let mut granted_by: Vec<u128> = (0..edges.len().min(MAX)).map(|index| 1 << index).collect();
    // Each pass follows one more step. Without a cycle, there are at most as many steps as permissions.
    loop {
        let before = granted_by.clone();
        for (from, edges) in edges.iter().enumerate().take(MAX) {
            for edge in edges.iter().filter(|edge| edge.to < MAX) {
                granted_by[edge.to] |= granted_by[from];
            }
        }
        if granted_by == before {
            return granted_by;
        }
    }
}

fn edges(from: usize, variants: &[(&Ident, Implies)], errors: &mut Errors) -> Vec<Edge> {
    match &variants[from].1 {
        Implies::Nothing => Vec::new(),
        Implies::Everything(star) => {
            (0..variants.len()).filter(|to| *to != from).map(|to| Edge { to, at: *star, is_of_star: true }).collect()
        }
        Implies::These(implied) => {
            let mut edges: Vec<Edge> = Vec::new();
            for name in implied {
                match variants.iter().position(|(variant, _)| *variant == name) {
                    None => errors.at(name, format_args!("there is no permission `{name}` in this enum")),
                    Some(to) if edges.iter().any(|edge| edge.to == to) => {
                        errors.at(name, format_args!("`{name}` is listed twice: leave one out"));
                    }
                    Some(to) => edges.push(Edge { to, at: name.span(), is_of_star: false }),
                }
            }
            edges
        }
    }
}

#[derive(Clone, Copy, PartialEq)]
enum State {
    New,
    /// On the path that is being searched.
    OnPath,
    Done,
}

/// A search for cycles, depth first. Each cycle is reported once, where it closes.
struct Search<'g> {
    edges: &'g [Vec<Edge>],
    names: &'g [&'g Ident],
    states: Vec<State>,
    path: Vec<usize>,
}

impl Search<'_> {
    fn run(mut self, errors: &mut Errors) {
        for start in 0..self.edges.len() {
            if self.states[start] == State::New {
                self.visit(start, errors);
            }
        }
    }

    fn visit(&mut self, index: usize, errors: &mut Errors) {
        self.states[index] = State::OnPath;
        self.path.push(index);
        let edges = self.edges;
        let mut reported = false;
        for edge in &edges[index] {
            match self.states[edge.to] {
                State::New => self.visit(edge.to, errors),
                // A `*` may close several cycles, but is reported as one mistake.
                State::OnPath if !(reported && edge.is_of_star) => {
                    reported = true;
                    errors.at_span(edge.at, self.describe(edge.to));
                }
                State::OnPath | State::Done => {}
            }
        }
        self.path.pop();
        self.states[index] = State::Done;
    }

    fn describe(&self, to: usize) -> String {
        let start = self.path.iter().position(|index| *index == to).unwrap_or(0);
        let cycle = &self.path[start..];
        let name = |index: usize| format!("`{}`", self.names[index]);
        if let [only] = cycle {
            return format!("{} implies itself anyway: leave this out", name(*only));
        }
        let path: Vec<String> = cycle.iter().chain([&to]).map(|index| name(*index)).collect();
        format!("these permissions imply each other: {}\nleave one of them out", path.join(" implies "))
    }
}
