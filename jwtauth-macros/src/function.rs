//! A function below an attribute of this crate: its parts, and its other attributes.

mod check;

use proc_macro2::{Group, TokenStream};
use quote::{ToTokens, TokenStreamExt, quote};
use syn::parse::{Parse, ParseStream};
use syn::punctuated::Punctuated;
use syn::{Attribute, FnArg, Meta, MetaList, PatType, Path, ReturnType, Signature, Token, Type, Visibility};

pub(crate) use self::check::Role;

/// A free function. Its body is not parsed, so the compiler reports errors in it.
#[derive(Clone)]
pub(crate) struct Function {
    pub(crate) attrs: Vec<Attribute>,
    pub(crate) vis: Visibility,
    pub(crate) sig: Signature,
    body: Group,
}

impl Function {
    /// The parameters that have a type: all except `self`.
    pub(crate) fn parameters(&self) -> impl Iterator<Item = &PatType> {
        self.sig.inputs.iter().filter_map(|input| match input {
            FnArg::Typed(parameter) => Some(parameter),
            FnArg::Receiver(_) => None,
        })
    }

    /// The function as a nested function.
    pub(crate) fn within(&self, attrs: Vec<Attribute>) -> Function {
        Function { attrs, vis: Visibility::Inherited, ..self.clone() }
    }

    /// Whether the function uses `self` or `Self`, as only functions of an `impl` or a `trait` do.
    pub(crate) fn is_associated(&self) -> bool {
        let mut types = self.parameters().map(|parameter| &*parameter.ty).chain(self.output());
        self.sig.receiver().is_some() || types.any(check::mentions_self)
    }

    pub(crate) fn output(&self) -> Option<&Type> {
        match &self.sig.output {
            ReturnType::Type(_, output) => Some(output),
            ReturnType::Default => None,
        }
    }

    /// The `cfg` attributes, for generated items next to the function.
    pub(crate) fn conditions(&self) -> impl Iterator<Item = Attribute> {
        self.attrs.iter().filter_map(|attr| only(attr, |path| path.is_ident("cfg")))
    }

    /// The `cfg` and `deprecated` attributes.
    pub(crate) fn conditions_and_deprecation(&self) -> impl Iterator<Item = Attribute> {
        self.attrs.iter().filter_map(|attr| only(attr, |path| path.is_ident("cfg") || path.is_ident("deprecated")))
    }
}

/// Whether the attribute turns a function into a route, or is another macro of this crate.
pub(crate) fn is_route_attribute(attr: &Attribute) -> bool {
    const NAMES: [&str; 11] = [
        "get",
        "put",
        "post",
        "delete",
        "head",
        "options",
        "patch",
        "route",
        "catch",
        "refresh_endpoint",
        "refresh_nonce_handler",
    ];
    let segments = &attr.path().segments;
    let is_known = segments.first().is_some_and(|first| first.ident == "rocket" || first.ident == "jwtauth");
    (segments.len() == 1 || is_known) && segments.last().is_some_and(|last| NAMES.iter().any(|name| last.ident == name))
}

/// Keeps only the wanted attributes, also within `cfg_attr`.
pub(crate) fn only(attr: &Attribute, wanted: impl Fn(&Path) -> bool) -> Option<Attribute> {
    only_meta(&attr.meta, &wanted).map(|meta| Attribute { meta, ..attr.clone() })
}

fn only_meta(meta: &Meta, wanted: &impl Fn(&Path) -> bool) -> Option<Meta> {
    let conditional = match meta {
        Meta::List(list) if list.path.is_ident("cfg_attr") => list,
        _ => return wanted(meta.path()).then(|| meta.clone()),
    };
    let parts = conditional.parse_args_with(Punctuated::<Meta, Token![,]>::parse_terminated).ok()?;
    let mut parts = parts.iter();
    let condition = parts.next()?;
    let kept: Vec<Meta> = parts.filter_map(|meta| only_meta(meta, wanted)).collect();
    let tokens = quote!(#condition, #(#kept),*);
    (!kept.is_empty()).then(|| Meta::List(MetaList { tokens, ..conditional.clone() }))
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
        only(&attr, |path| path.is_ident("cfg") || path.is_ident("deprecated"))
            .map(|attr| attr.to_token_stream().to_string())
    }

    #[test]
    fn attribute_filter_keeps_conditions_within_cfg_attr() {
        assert_eq!(kept(syn::parse_quote!(#[cfg(unix)])).unwrap(), "# [cfg (unix)]");
        assert_eq!(
            kept(syn::parse_quote!(#[cfg_attr(unix, inline, cfg(test), cfg_attr(test, must_use, deprecated))]))
                .unwrap(),
            "# [cfg_attr (unix , cfg (test) , cfg_attr (test , deprecated))]"
        );
    }

    #[test]
    fn attribute_filter_drops_other_attributes() {
        assert_eq!(kept(syn::parse_quote!(#[doc = "cfg"])), None);
        assert_eq!(kept(syn::parse_quote!(#[cfg_attr(unix, inline)])), None);
        assert_eq!(kept(syn::parse_quote!(#[other::cfg(unix)])), None);
    }
}
