//! Writes the methods of the client: documentation, name, arguments and value are those that progenitor makes of an
//! operation, and the body says in one line what is sent.

use anyhow::{Context as _, Result, bail};
use proc_macro2::Span;
use serde_json::Value;
use syn::visit_mut::{self, VisitMut};
use syn::{
    Expr, FnArg, GenericArgument, Ident, ImplItem, ImplItemFn, Item, PathArguments, ReturnType, Type,
    TypeReference, parse_quote,
};

use super::prepare::METHODS;

/// The client, of what progenitor generated around it: its type, and a method for each operation of the document.
pub(super) fn client(items: Vec<Item>, document: &Value) -> Result<Vec<Item>> {
    let mut attributes = None;
    let mut functions = Vec::new();
    for item in items {
        match item {
            Item::Struct(item) if item.ident == "Client" => attributes = Some(item.attrs),
            Item::Impl(block) if block.trait_.is_none() => functions.extend(block.items),
            _ => {}
        }
    }
    let attributes = attributes.context("progenitor generated no `Client`")?;
    let methods = functions.into_iter().filter_map(|item| match item {
        ImplItem::Fn(function) if function.sig.asyncness.is_some() => Some(function),
        _ => None,
    });
    let methods = methods.map(|function| method(function, document)).collect::<Result<Vec<_>>>()?;
    let file: syn::File = parse_quote! {
        use std::sync::Arc;
        use reqwest::{Method, Url};
        use super::types;
        use crate::{Attempt, Error, Reply};

        #(#attributes)*
        pub struct Client {
            pub(crate) base_url: Arc<Url>,
            pub(crate) http: reqwest::Client,
            pub(crate) attempt: Attempt,
        }

        impl Client {
            #(#methods)*
        }
    };
    Ok(file.items)
}

/// The method of an operation.
fn method(mut function: ImplItemFn, document: &Value) -> Result<ImplItemFn> {
    let name = &function.sig.ident;
    let operation = operation(document, &name.to_string())?;
    let place = || format!("at paths{} {}", operation.path, operation.method);
    let arguments: Vec<String> = function.sig.inputs.iter().filter_map(name_of).collect();
    let argument = |name: &str| {
        arguments
            .iter()
            .find(|argument| *argument == name)
            .map(|argument| Ident::new(argument, Span::call_site()))
            .with_context(|| format!("{}: `{name}` is no name that an argument can have", place()))
    };

    let http_method = Ident::new(&operation.method.to_uppercase(), Span::call_site());
    let segments = operation.path.split('/').skip(1).map(|segment| -> Result<Expr> {
        let variable = segment.strip_prefix('{').and_then(|segment| segment.strip_suffix('}'));
        Ok(match variable.map(argument).transpose()? {
            Some(variable) => parse_quote!(#variable),
            None => parse_quote!(#segment),
        })
    });
    let segments = segments.collect::<Result<Vec<_>>>()?;
    let mut sent: Expr = parse_quote!(self.request(Method::#http_method, &[#(#segments),*])?);
    for parameter in operation.parameters {
        let text = |key: &str| parameter[key].as_str().unwrap_or_default();
        let name = text("name");
        match text("in") {
            "path" => {}
            "query" => {
                let value = argument(name)?;
                let is_required = parameter["required"] == true;
                let value: Expr = if is_required { parse_quote!(Some(#value)) } else { parse_quote!(#value) };
                sent = parse_quote!(#sent.query(#name, #value));
            }
            other => bail!("{}: {name}: a parameter in `{other}` can't be generated", place()),
        }
    }
    if arguments.iter().any(|argument| argument == "body") {
        sent = parse_quote!(#sent.json(body)?);
    }
    let value =
        value_of(&function.sig.output).with_context(|| format!("{}: no value comes back", place()))?;
    let is_nothing = matches!(&value, Type::Tuple(tuple) if tuple.elems.is_empty());
    let receive = Ident::new(if is_nothing { "nothing" } else { "value" }, Span::call_site());
    function.sig.output = parse_quote!(-> Result<Reply<#value>, Error>);
    // In two steps: what is made on the way would be kept while the answer is awaited.
    function.block = parse_quote!({ let request = #sent; request.#receive().await });
    for line in [
        "",
        " # Errors",
        " The request is invalid, no response came, or the response has no value: see [`Error`].",
    ] {
        function.attrs.push(parse_quote!(#[doc = #line]));
    }
    function.sig.generics.params.clear();
    WithoutLifetimes.visit_signature_mut(&mut function.sig);
    Ok(function)
}

struct Operation<'a> {
    path: &'a str,
    method: &'a str,
    parameters: Vec<&'a Value>,
}

/// The operation of this name, with the parameters of its path.
fn operation<'a>(document: &'a Value, id: &str) -> Result<Operation<'a>> {
    let items = document["paths"].as_object().into_iter().flatten();
    let mut operations = items.flat_map(|(path, item)| {
        let members = item.as_object().into_iter().flatten();
        members
            .filter(|(key, _)| METHODS.contains(&key.as_str()))
            .map(move |(method, value)| (path, item, method, value))
    });
    let (path, item, method, value) =
        operations.find(|(.., value)| value["operationId"] == id).with_context(|| {
            format!("at paths: no operationId is `{id}`; it has to be the name of a function")
        })?;
    let parameters =
        [item, value].into_iter().filter_map(|owner| owner.get("parameters")?.as_array()).flatten();
    Ok(Operation { path, method, parameters: parameters.collect() })
}

fn name_of(argument: &FnArg) -> Option<String> {
    let FnArg::Typed(argument) = argument else { return None };
    match &*argument.pat {
        syn::Pat::Ident(name) => Some(name.ident.to_string()),
        _ => None,
    }
}

/// The `T` of `Result<ResponseValue<T>, Error<E>>`.
fn value_of(output: &ReturnType) -> Option<Type> {
    let ReturnType::Type(_, result) = output else { return None };
    first_argument(&first_argument(result)?)
}

/// The `T` of `X<T>`.
pub(super) fn first_argument(of: &Type) -> Option<Type> {
    let Type::Path(path) = of else { return None };
    let PathArguments::AngleBracketed(arguments) = &path.path.segments.last()?.arguments else { return None };
    match arguments.args.first()? {
        GenericArgument::Type(first) => Some(first.clone()),
        _ => None,
    }
}

/// Nothing that comes back borrows from an argument.
struct WithoutLifetimes;

impl VisitMut for WithoutLifetimes {
    fn visit_type_reference_mut(&mut self, reference: &mut TypeReference) {
        reference.lifetime = None;
        visit_mut::visit_type_reference_mut(self, reference);
    }

    fn visit_receiver_mut(&mut self, receiver: &mut syn::Receiver) {
        *receiver = parse_quote!(&self);
    }
}

#[cfg(test)]
mod tests {
    use quote::ToTokens as _;
    use serde_json::json;

    use super::*;

    /// The method of an operation `look_up`, as progenitor begins it, with these parameters.
    fn written(signature: &str, path: &str, parameters: &Value) -> Result<String> {
        let document = json!({ "paths": { path: {
            "parameters": [{ "name": "id", "in": "path", "required": true }],
            "put": { "operationId": "look_up", "parameters": parameters },
        } } });
        let function =
            syn::parse_str(&format!("#[about] pub async fn look_up<'a>(&'a self, {signature} {{}}"))?;
        Ok(method(function, &document)?.to_token_stream().to_string())
    }

    #[test]
    fn a_method_says_what_is_sent() {
        let parameters = json!([
            { "name": "filter", "in": "query" },
            { "name": "limit", "in": "query", "required": true },
        ]);
        let signature = "id: &'a str, filter: Option<&'a str>, limit: i64, body: &'a types::A) \
                         -> Result<ResponseValue<types::B>, Error<()>>";
        let expected: ImplItemFn = parse_quote! {
            #[about]
            #[doc = ""]
            #[doc = " # Errors"]
            #[doc = " The request is invalid, no response came, or the response has no value: see [`Error`]."]
            pub async fn look_up(
                &self, id: &str, filter: Option<&str>, limit: i64, body: &types::A
            ) -> Result<Reply<types::B>, Error> {
                let request = self
                    .request(Method::PUT, &["things", id, "parts"])?
                    .query("filter", filter)
                    .query("limit", Some(limit))
                    .json(body)?;
                request.value().await
            }
        };
        let written = written(signature, "/things/{id}/parts", &parameters).unwrap();
        assert_eq!(written, expected.to_token_stream().to_string());
    }

    #[test]
    fn what_is_not_known_is_an_error_at_its_place() {
        let nothing = "id: &'a str) -> Result<ResponseValue<()>, Error<()>>";
        let error = |path, parameters| written(nothing, path, &parameters).unwrap_err().to_string();
        assert_eq!(
            error("/a/{id}", json!([{ "name": "trace", "in": "header" }])),
            "at paths/a/{id} put: trace: a parameter in `header` can't be generated"
        );
        assert_eq!(
            error("/a/{Id-of}", json!([])),
            "at paths/a/{Id-of} put: `Id-of` is no name that an argument can have"
        );
        assert!(written(nothing, "/a/{id}", &json!([])).unwrap().ends_with("request . nothing () . await }"));
        let document = json!({ "paths": {} });
        let function = syn::parse_str("async fn other(&self) {}").unwrap();
        let error = method(function, &document).err().unwrap().to_string();
        assert!(error.contains("no operationId is `other`"));
    }
}
