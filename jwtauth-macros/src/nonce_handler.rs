//! `#[refresh_nonce_handler]`: generates a function that returns the handler and contains the user's function.

use proc_macro2::{Span, TokenStream};
use quote::{format_ident, quote, quote_spanned};
use syn::spanned::Spanned;
use syn::{Attribute, Ident, Path, Type};

use crate::errors::Errors;
use crate::function::{Function, Role, is_route_attribute, only};
use crate::lifetimes;

const ROLE: Role = Role {
    name: "a refresh nonce handler",
    no_route: "a refresh nonce handler is not a route",
    returns: "the user's nonce, or `None` if there is no such user\n\
              write `-> Option<String>` or, if looking it up can fail, `-> Result<Option<String>, E>`",
};

pub(crate) fn expand(args: TokenStream, item: TokenStream) -> TokenStream {
    let mut errors = Errors::new();
    if !args.is_empty() {
        errors.at(args, "`#[refresh_nonce_handler]` takes no arguments: leave this out");
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
        Err(report) => fallback(report, &function),
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
        let user_function = function.within(inner);
        let own = Span::mixed_site();

        let userid = lifetimes::of_request(self.userid, generics);
        let userid = quote_spanned!(mixed(self.userid)=> ::jwtauth::__private::userid::<#userid>(__userid));
        let arguments: Vec<Ident> =
            (0..self.guards.len()).map(|index| format_ident!("__guard_{index}", span = own)).collect();
        // Has exactly the span of the type, so that a type that is not a guard causes one error instead of two.
        let of_request = Ident::new("__request", own);
        let guards = self.guards.iter().map(|written| {
            let ty = lifetimes::of_request(written, generics);
            quote_spanned!(written.span()=> <#ty as ::rocket::request::FromRequest>::from_request(#of_request).await)
        });
        // A future that is not `Send` is a mistake in the function, so it is reported at the function's name.
        let at_name = mixed(name);
        let call = quote_spanned!(at_name=> #name(__userid, #(#arguments),*));
        let result = match &function.sig.asyncness {
            Some(_) => quote_spanned!(at_name=> ::jwtauth::__private::loading(#call).await),
            None => call,
        };
        let nonce = quote_spanned!(mixed(self.output)=> ::jwtauth::__private::nonce_is(__result));

        let vis = &function.vis;
        let request = lifetimes::request();
        quote_spanned! {own=>
            #(#outer)*
            #vis fn #name() -> ::jwtauth::RefreshNonceHandler {
                fn __handler<#request>(
                    __request: &#request ::rocket::Request<'_>,
                    __userid: &#request ::core::primitive::str,
                ) -> ::jwtauth::__private::NonceFuture<#request> {
                    #user_function

                    ::std::boxed::Box::pin(async move {
                        let ::core::option::Option::Some(__userid) = #userid else {
                            return ::jwtauth::__private::Nonce::Refused;
                        };
                        #(let #arguments = match ::jwtauth::__private::nonce_guard(#guards) {
                            ::core::result::Result::Ok(__guard) => __guard,
                            ::core::result::Result::Err(__nonce) => return __nonce,
                        };)*
                        let __result = #result;
                        #nonce
                    })
                }
                ::jwtauth::__private::nonce_handler(__handler)
            }
        }
    }
}

/// Attributes for the function go to the visible function, attributes for its body to the user's function, and lint
/// levels to both.
fn attributes(attrs: &[Attribute]) -> (Vec<Attribute>, Vec<Attribute>) {
    const OUTER: [&str; 4] = ["doc", "cfg", "deprecated", "must_use"];
    const BOTH: [&str; 4] = ["allow", "warn", "deny", "forbid"];
    let is = |path: &Path, names: &[&str]| names.iter().any(|name| path.is_ident(name));
    let outer = attrs.iter().filter_map(|attr| only(attr, |path| is(path, &OUTER) || is(path, &BOTH)));
    let inner = attrs.iter().filter_map(|attr| only(attr, |path| !is(path, &OUTER)));
    (outer.collect(), inner.collect())
}

/// The mistakes, and a handler that ignores the function.
fn fallback(report: TokenStream, function: &Function) -> TokenStream {
    if function.is_associated() {
        return quote!(#report #function);
    }
    let (outer, mut inner) = attributes(&function.attrs);
    inner.retain(|attr| !is_route_attribute(attr));
    let vis = &function.vis;
    let name = &function.sig.ident;
    let user_function = function.within(inner);
    quote_spanned! {Span::mixed_site()=>
        #report
        #(#outer)*
        #[allow(unused)]
        #vis fn #name() -> ::jwtauth::RefreshNonceHandler {
            #[allow(unused)]
            #user_function
            ::core::unreachable!()
        }
    }
}

fn mixed(tokens: &impl Spanned) -> Span {
    Span::mixed_site().located_at(tokens.span())
}
