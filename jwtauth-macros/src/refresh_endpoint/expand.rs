use std::hash::{DefaultHasher, Hash, Hasher};

use proc_macro2::{Span, TokenStream};
use quote::{ToTokens, format_ident, quote, quote_spanned};
use syn::ext::IdentExt;
use syn::spanned::Spanned;
use syn::{Ident, LitStr, PathArguments, Signature, Type};

use super::model::Endpoint;
use crate::lifetimes;

/// The function as it is, and a hidden route beside it, in the same scope so that its types mean the same.
pub(super) fn expand(endpoint: &Endpoint<'_>) -> TokenStream {
    let Endpoint { function, .. } = endpoint;
    let hidden = hidden_name(endpoint);
    let route = hidden_route(endpoint, &hidden);
    let proxy = proxy(endpoint, &hidden);
    let uri = uri_macro(endpoint, &hidden);
    quote!(#function #route #proxy #uri)
}

/// The route that Rocket makes, so that guards and sentinels are what they are in any route. It is given
/// the verified token first, and calls the function with what it was given.
fn hidden_route(endpoint: &Endpoint<'_>, hidden: &Ident) -> TokenStream {
    let Endpoint { function, attr, guards, .. } = endpoint;
    let Signature { fn_token, ident: name, generics, paren_token, .. } = &function.sig;
    let conditions: Vec<_> = function.conditions().collect();
    let uri = &attr.uri.literal;
    let rank = attr.rank.iter();
    let format = attr.format.iter();
    let data = attr.data.iter().map(|data| &data.literal);
    let request = lifetimes::request();

    let refreshing = Ident::new("__refreshing", Span::mixed_site());
    let names: Vec<&Ident> = guards.iter().map(|guard| guard.name).collect();
    let types = guards.iter().map(|guard| lifetimes::of_request(guard.ty, generics));
    let mut inputs = TokenStream::new();
    paren_token.surround(&mut inputs, |inputs| {
        quote!(#refreshing: ::jwtauth::__private::RefreshingOf<#request, #name>, #(#names: #types),*).to_tokens(inputs);
    });

    // A guard of the name of the function hides it.
    let other_name = format_ident!("{hidden}_load");
    let hides = names.iter().any(|guard| guard.unraw() == name.unraw());
    let alias = hides.then(|| quote!(#(#conditions)* #[allow(deprecated)] use #name as #other_name;));
    let callee = if hides { &other_name } else { name };

    // A future that is not `Send` is a mistake in the function, and so reported at its name.
    let call = quote_spanned!(mixed(name.span())=> #callee(__userid, #(#names),*));
    let load = match &function.sig.asyncness {
        Some(_) => quote_spanned!(mixed(name.span())=> ::jwtauth::__private::loading(#call).await),
        None => call,
    };
    // What can't be returned is reported at the type that says so.
    let reissue = quote_spanned! {mixed(blamed(endpoint.output))=>
        ::jwtauth::__private::reissue(#refreshing, __loaded).await
    };
    let body = quote_spanned! {Span::mixed_site()=>
        let #refreshing = #refreshing.into_inner();
        let ::core::option::Option::Some(__userid) = #name::userid(#refreshing.userid()) else {
            return ::jwtauth::__private::refuse(#refreshing);
        };
        let __loaded = #load;
        #reissue
    };
    // Not at the mixed site, because Rocket makes its own variables of the spans of parameters and types.
    quote! {
        #alias

        #(#conditions)*
        #[doc(hidden)]
        #[allow(nonstandard_style, deprecated, clippy::all, clippy::pedantic, clippy::nursery)]
        #[::rocket::post(#uri #(, rank = #rank)* #(, format = #format)* #(, data = #data)*)]
        async #fn_token #hidden<#request> #inputs -> ::jwtauth::__private::Reissued<#request> { #body }
    }
}

/// What stands for the route in `routes![]`.
fn proxy(endpoint: &Endpoint<'_>, hidden: &Ident) -> TokenStream {
    let Endpoint { function, .. } = endpoint;
    let vis = &function.vis;
    let name = &function.sig.ident;
    let shown_name = LitStr::new(&name.to_string(), name.span());
    let conditions: Vec<_> = function.conditions().collect();
    let conditions_and_deprecation = function.conditions_and_deprecation();
    let request = lifetimes::request();
    let userid = lifetimes::of_request(endpoint.userid, &function.sig.generics);
    let userid_as_written = endpoint.userid;
    // The one place where the type of the first parameter has to be one, so that it is one error if it isn't.
    let read = quote_spanned!(mixed(endpoint.userid.span())=> ::jwtauth::__private::userid::<#userid>(__userid));
    quote_spanned! {Span::mixed_site()=>
        #(#conditions_and_deprecation)*
        #[doc(hidden)]
        #[allow(nonstandard_style)]
        #vis struct #name {}

        #(#conditions)*
        #[allow(nonstandard_style, deprecated, clippy::all, clippy::pedantic, clippy::nursery)]
        impl #name {
            #[doc(hidden)]
            pub fn into_route(self) -> ::rocket::Route {
                ::jwtauth::__private::gate(#hidden {}.into_route(), #shown_name, |__userid| Self::userid(__userid).is_some())
            }

            #[allow(elided_lifetimes_in_paths, mismatched_lifetime_syntaxes)]
            fn userid<#request>(__userid: &#request ::core::primitive::str) -> ::core::option::Option<#userid> {
                #read
            }
        }

        #(#conditions)*
        #[allow(deprecated)]
        impl ::jwtauth::__private::RefreshEndpoint for #name {
            const USERID: &'static ::core::primitive::str = ::core::stringify!(#userid_as_written);

            fn parses(__userid: &::core::primitive::str) -> ::core::primitive::bool {
                Self::userid(__userid).is_some()
            }
        }
    }
}

/// `uri!()` looks for a macro by the name of the function.
fn uri_macro(endpoint: &Endpoint<'_>, hidden: &Ident) -> TokenStream {
    let name = &endpoint.function.sig.ident;
    let conditions = endpoint.function.conditions();
    let hidden = format_ident!("rocket_uri_macro_{hidden}", span = hidden.span());
    let shown = format_ident!("rocket_uri_macro_{}", name.unraw(), span = name.span());
    quote_spanned! {Span::mixed_site()=>
        #(#conditions)*
        #[doc(hidden)]
        #[allow(unused)]
        pub use #hidden as #shown;
    }
}

/// No two are the same, so that two modules with an endpoint of one name can both be imported with `*`.
fn hidden_name(endpoint: &Endpoint<'_>) -> Ident {
    let name = &endpoint.function.sig.ident;
    let mut hasher = DefaultHasher::new();
    name.to_string().hash(&mut hasher);
    // Not promised to be, but in fact the position in the crate.
    format!("{:?}{:?}", name.span(), Span::call_site()).hash(&mut hasher);
    endpoint.attr.uri.literal.value().hash(&mut hasher);
    format_ident!("__jwtauth_route_{}_{}", name.unraw(), hasher.finish(), span = name.span())
}

/// Where to say that the type can't be returned. In `Option<C>` it can only be for the claims.
fn blamed(output: &Type) -> Span {
    if let Type::Path(path) = output
        && let Some(last) = path.path.segments.last()
        && last.ident == "Option"
        && let PathArguments::AngleBracketed(arguments) = &last.arguments
        && let Some(claims) = arguments.args.first()
    {
        return claims.span();
    }
    output.span()
}

/// For errors at the place of the span, in code that is none of the user's.
fn mixed(span: Span) -> Span {
    Span::mixed_site().located_at(span)
}
