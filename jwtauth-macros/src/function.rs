use proc_macro2::{Group, TokenStream};
use quote::{ToTokens, TokenStreamExt, quote};
use syn::parse::{Parse, ParseStream};
use syn::visit_mut::{self, VisitMut};
use syn::{Attribute, FnArg, GenericParam, Meta, PatType, ReturnType, Safety, Signature, Type, Visibility};

use crate::errors::Errors;

/// A free function. Its body is of no interest: what can't be parsed in it is the compiler's to report.
#[derive(Clone)]
pub(crate) struct Function {
    pub(crate) attrs: Vec<Attribute>,
    pub(crate) vis: Visibility,
    pub(crate) sig: Signature,
    pub(crate) body: Group,
}

/// What a macro makes of a function, for its messages.
pub(crate) struct Role {
    pub(crate) name: &'static str,
    pub(crate) returns: &'static str,
}

impl Function {
    /// The parameters that have a type, so all of them but `self`.
    pub(crate) fn parameters(&self) -> impl Iterator<Item = &PatType> {
        self.sig.inputs.iter().filter_map(|input| match input {
            FnArg::Typed(parameter) => Some(parameter),
            FnArg::Receiver(_) => None,
        })
    }

    /// Whether it has to do with a type, as only the functions of an `impl` or a `trait` have.
    pub(crate) fn is_associated(&self) -> bool {
        let mentions_self = self.parameters().map(|parameter| &*parameter.ty).chain(self.output()).any(mentions_self);
        self.sig.receiver().is_some() || mentions_self
    }

    pub(crate) fn output(&self) -> Option<&Type> {
        match &self.sig.output {
            ReturnType::Type(_, output) => Some(output),
            ReturnType::Default => None,
        }
    }

    /// The attributes that decide whether there is such a function at all, for what is generated beside it.
    pub(crate) fn conditions(&self) -> impl Iterator<Item = Attribute> {
        self.attrs.iter().filter_map(|attr| only(attr, &["cfg"]))
    }

    /// The same, and the attribute that warns those who use it.
    pub(crate) fn conditions_and_deprecation(&self) -> impl Iterator<Item = Attribute> {
        self.attrs.iter().filter_map(|attr| only(attr, &["cfg", "deprecated"]))
    }

    /// Checks what holds for every function that is called by Rocket or by the library.
    pub(crate) fn check(&self, role: &Role, errors: &mut Errors) {
        let Role { name, returns } = role;
        let sig = &self.sig;
        if let Some(token) = &sig.constness {
            errors.at(token, format_args!("{name} can't be `const`, because it runs for every request: leave it out"));
        }
        if let Safety::Unsafe(token) = &sig.safety {
            errors.at(
                token,
                format_args!("{name} can't be `unsafe`, because nobody vouches for its calls: leave it out"),
            );
        }
        if let Safety::Safe(token) = &sig.safety {
            errors.at(token, format_args!("{name} can't be `safe`, which is for foreign functions: leave it out"));
        }
        if let Some(abi) = &sig.abi {
            errors.at(abi, format_args!("{name} can't be `extern`, because it is called from Rust: leave it out"));
        }
        if let Some(variadic) = &sig.variadic {
            errors.at(variadic, format_args!("{name} can't be variadic: write a parameter for every guard"));
        }
        for parameter in &sig.generics.params {
            let (kind, written) = match parameter {
                GenericParam::Lifetime(_) => continue,
                GenericParam::Type(_) => ("types", "type"),
                GenericParam::Const(_) => ("constants", "constant"),
            };
            errors.at(
                parameter,
                format_args!(
                    "{name} can't be generic over {kind}, because one concrete function is called for every request\n\
                     write the {written} itself"
                ),
            );
        }
        for input in &sig.inputs {
            match input {
                FnArg::Receiver(receiver) => errors.at(receiver, not_free(name)),
                FnArg::Typed(parameter) => {
                    check_parameter_attributes(name, parameter, errors);
                    check_type(name, &parameter.ty, errors);
                }
            }
        }
        match self.output() {
            Some(output) => check_type(name, output, errors),
            None => errors.at(&sig.ident, format_args!("{name} returns {returns}")),
        }
        if sig.inputs.is_empty() {
            errors.at_span(
                sig.paren_token.span.join(),
                format_args!(
                    "{name} has a parameter for the userid\n\
                     write `userid: &str`, or another type that the userid can be read into; guards come after it"
                ),
            );
        }
    }
}

fn check_parameter_attributes(name: &str, parameter: &PatType, errors: &mut Errors) {
    for attr in &parameter.attrs {
        if only(attr, &["cfg"]).is_some() {
            errors.at(
                attr,
                format_args!(
                    "{name} can't have a parameter under `#[cfg]`, because its guards are run whether it is there or not\n\
                     write two functions, each under a `#[cfg]` of its own"
                ),
            );
        }
    }
}

fn check_type(name: &str, ty: &Type, errors: &mut Errors) {
    struct ImplTrait<'e>(&'e str, &'e mut Errors);

    impl VisitMut for ImplTrait<'_> {
        fn visit_type_impl_trait_mut(&mut self, ty: &mut syn::TypeImplTrait) {
            let ImplTrait(name, errors) = self;
            errors.at(
                ty,
                format_args!(
                    "{name} can't take or return `impl Trait`, because one concrete function is called for every request\n\
                     write the type itself"
                ),
            );
        }
    }

    ImplTrait(name, errors).visit_type_mut(&mut ty.clone());
    if mentions_self(ty) {
        errors.at(ty, not_free(name));
    }
}

fn not_free(name: &str) -> String {
    format!(
        "{name} is a free function, because there is no value to call it on\n\
         move it out of the `impl`, and take what it needs as guards, such as `&State<T>`"
    )
}

fn mentions_self(ty: &Type) -> bool {
    struct SelfType(bool);

    impl VisitMut for SelfType {
        fn visit_path_mut(&mut self, path: &mut syn::Path) {
            self.0 |= path.segments.first().is_some_and(|first| first.ident == "Self");
            visit_mut::visit_path_mut(self, path);
        }
    }

    let mut found = SelfType(false);
    found.visit_type_mut(&mut ty.clone());
    found.0
}

/// What remains of the attribute if only those of the given names count, within `cfg_attr` too.
pub(crate) fn only(attr: &Attribute, names: &[&str]) -> Option<Attribute> {
    only_meta(&attr.meta, names).map(|meta| Attribute { meta, ..attr.clone() })
}

fn only_meta(meta: &Meta, names: &[&str]) -> Option<Meta> {
    if names.iter().any(|name| meta.path().is_ident(name)) {
        return Some(meta.clone());
    }
    let Meta::List(list) = meta else { return None };
    if !list.path.is_ident("cfg_attr") {
        return None;
    }
    let parts = list.parse_args_with(syn::punctuated::Punctuated::<Meta, syn::Token![,]>::parse_terminated).ok()?;
    let mut parts = parts.iter();
    let condition = parts.next()?;
    let kept: Vec<Meta> = parts.filter_map(|meta| only_meta(meta, names)).collect();
    if kept.is_empty() {
        return None;
    }
    let tokens = quote!(#condition, #(#kept),*);
    Some(Meta::List(syn::MetaList { tokens, ..list.clone() }))
}

impl Parse for Function {
    fn parse(input: ParseStream) -> syn::Result<Self> {
        Ok(Function {
            attrs: input.call(Attribute::parse_outer)?,
            vis: input.parse()?,
            sig: input.parse()?,
            body: input.parse()?,
        })
    }
}

impl ToTokens for Function {
    fn to_tokens(&self, tokens: &mut TokenStream) {
        tokens.append_all(&self.attrs);
        self.vis.to_tokens(tokens);
        self.sig.to_tokens(tokens);
        self.body.to_tokens(tokens);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kept(attr: Attribute) -> Option<String> {
        only(&attr, &["cfg", "deprecated"]).map(|attr| attr.to_token_stream().to_string())
    }

    #[test]
    fn conditions_are_found_within_cfg_attr() {
        assert_eq!(kept(syn::parse_quote!(#[cfg(unix)])).unwrap(), "# [cfg (unix)]");
        assert_eq!(
            kept(syn::parse_quote!(#[cfg_attr(unix, inline, cfg(test), cfg_attr(test, must_use, deprecated))]))
                .unwrap(),
            "# [cfg_attr (unix , cfg (test) , cfg_attr (test , deprecated))]"
        );
    }

    #[test]
    fn other_attributes_are_not_copied() {
        assert_eq!(kept(syn::parse_quote!(#[doc = "cfg"])), None);
        assert_eq!(kept(syn::parse_quote!(#[cfg_attr(unix, inline)])), None);
        assert_eq!(kept(syn::parse_quote!(#[other::cfg(unix)])), None);
    }
}
