//! `#[refresh_nonce_handler]`: the function becomes one of a fixed signature, with the user's within it.

use proc_macro2::{Span, TokenStream};
use quote::{quote, quote_spanned};
use syn::spanned::Spanned;
use syn::{Attribute, Ident, Type};

use crate::errors::Errors;
use crate::function::{Function, Role};
use crate::lifetimes;

const ROLE: Role = Role {
    name: "a refresh nonce handler",
    returns: "the user's nonce, or `None` if there is no such user\n\
              write `-> Option<String>` or, if looking it up can fail, `-> Result<Option<String>, E>`",
};

pub(crate) fn expand(args: TokenStream, item: TokenStream) -> TokenStream {
    let mut errors = Errors::new();
    if !args.is_empty() {
        errors.at(args, "`#[refresh_nonce_handler]` takes nothing: leave this out");
    }
    let Ok(function) = syn::parse2::<Function>(item.clone()) else {
        errors.at_span(
            Span::call_site(),
            "`#[refresh_nonce_handler]` makes a handler of a free function that looks up a user's nonce\n\
             write it on one such as `async fn nonce(userid: &str) -> Option<String> { … }`",
        );
        let report = errors.finish::<()>(None).err();
        return quote!(#report #item);
    };
    function.check(&ROLE, &mut errors);
    let handler = Handler::of(&function);
    match errors.finish(handler) {
        Ok(handler) => handler.expand(),
        Err(report) => fallback(report, function),
    }
}

struct Handler<'f> {
    function: &'f Function,
    userid: &'f Type,
    guards: Vec<&'f Type>,
    output: &'f Type,
}

impl<'f> Handler<'f> {
    fn of(function: &'f Function) -> Option<Self> {
        let mut types = function.parameters().map(|parameter| &*parameter.ty);
        Some(Handler { function, userid: types.next()?, guards: types.collect(), output: function.output()? })
    }

    fn expand(&self) -> TokenStream {
        let Handler { function, .. } = self;
        let (outer, inner) = attributes(&function.attrs);
        let name = &function.sig.ident;
        let generics = &function.sig.generics;
        let user_function = Function { attrs: inner, vis: syn::Visibility::Inherited, ..Function::clone(function) };
        let own = Span::mixed_site();

        let userid = lifetimes::of_request(self.userid, generics);
        let userid = quote_spanned!(mixed(self.userid)=> ::jwtauth::private::nonce_userid::<#userid>(userid));
        let arguments: Vec<Ident> =
            (0..self.guards.len()).map(|index| quote::format_ident!("guard_{index}", span = own)).collect();
        let guards = self.guards.iter().map(|written| {
            let ty = lifetimes::of_request(written, generics);
            quote_spanned!(mixed(written)=> <#ty as ::rocket::request::FromRequest>::from_request(request).await)
        });
        // A future that is not `Send` is a mistake in the function, and so reported at its name.
        let at_name = mixed(name);
        let call = quote_spanned!(at_name=> #name(userid, #(#arguments),*));
        let result = match &function.sig.asyncness {
            Some(_) => quote_spanned!(at_name=> ::jwtauth::private::loading(#call).await),
            None => call,
        };
        let nonce = quote_spanned!(mixed(self.output)=> ::jwtauth::private::nonce_is(result));

        let vis = &function.vis;
        let request = lifetimes::request();
        quote_spanned! {own=>
            #(#outer)*
            #vis fn #name<#request>(
                request: &#request ::rocket::Request<'_>,
                userid: &#request ::core::primitive::str,
            ) -> ::jwtauth::private::NonceFuture<#request> {
                #user_function

                ::std::boxed::Box::pin(async move {
                    let ::core::option::Option::Some(userid) = #userid else {
                        return ::jwtauth::private::Nonce::NoSuchUser;
                    };
                    #(let #arguments = match ::jwtauth::private::nonce_guard(#guards) {
                        ::core::result::Result::Ok(guard) => guard,
                        ::core::result::Result::Err(nonce) => return nonce,
                    };)*
                    let result = #result;
                    #nonce
                })
            }
        }
    }
}

/// What describes the function goes to the one that can be seen, what describes its body to the user's,
/// and what switches lints to both.
fn attributes(attrs: &[Attribute]) -> (Vec<Attribute>, Vec<Attribute>) {
    const OUTER: [&str; 5] = ["doc", "cfg", "cfg_attr", "deprecated", "must_use"];
    const BOTH: [&str; 4] = ["allow", "warn", "deny", "forbid"];
    let is = |attr: &Attribute, names: &[&str]| names.iter().any(|name| attr.path().is_ident(name));
    let (mut outer, mut inner) = (Vec::new(), Vec::new());
    for attr in attrs {
        if is(attr, &OUTER) || is(attr, &BOTH) {
            outer.push(attr.clone());
        }
        if !is(attr, &OUTER) {
            inner.push(attr.clone());
        }
    }
    (outer, inner)
}

/// The mistakes, and beside them a handler that does not look at the function.
fn fallback(report: TokenStream, function: Function) -> TokenStream {
    if function.is_associated() {
        return quote!(#report #function);
    }
    let (outer, _) = attributes(&function.attrs);
    let Function { vis, sig, .. } = &function;
    let name = &sig.ident;
    let request = lifetimes::request();
    quote_spanned! {Span::mixed_site()=>
        #report
        #(#outer)*
        #[allow(unused)]
        #vis fn #name<#request>(
            _: &#request ::rocket::Request<'_>,
            _: &#request ::core::primitive::str,
        ) -> ::jwtauth::private::NonceFuture<#request> {
            #[allow(unused)]
            #function
            ::core::unreachable!()
        }
    }
}

fn mixed(tokens: &impl Spanned) -> Span {
    Span::mixed_site().located_at(tokens.span())
}
