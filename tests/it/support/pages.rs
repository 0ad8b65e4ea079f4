//! A server of pages that a test makes, each at the moment that it chooses. It remembers numbers alone.

use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use axum::http::Uri;
use axum::response::Response;
use serde_json::json;
use tokio::sync::watch;
use tokio::task::JoinHandle;
use url::form_urlencoded;

/// The pages that were asked for and those that were answered, in the order in which that was seen.
#[derive(Clone, Default)]
pub struct Traffic {
    asked: Arc<watch::Sender<Vec<u32>>>,
    answered: Arc<watch::Sender<Vec<u32>>>,
    given_up: Arc<watch::Sender<Vec<u32>>>,
}

impl Traffic {
    /// Whether a page was asked for.
    pub fn is_asked_for(&self, page: u32) -> bool {
        self.asked.borrow().contains(&page)
    }

    /// Waits until a page is asked for.
    pub async fn asked_for(&self, page: u32) {
        self.asked.subscribe().wait_for(|asked| asked.contains(&page)).await.unwrap();
    }

    /// Waits until a page is answered.
    pub async fn answered(&self, page: u32) {
        self.answered.subscribe().wait_for(|answered| answered.contains(&page)).await.unwrap();
    }

    /// Waits until the client has closed the connection before a page was answered.
    pub async fn given_up(&self, page: u32) {
        self.given_up.subscribe().wait_for(|given_up| given_up.contains(&page)).await.unwrap();
    }
}

/// Tells when an answer is not waited for any more.
struct Answering {
    page: u32,
    traffic: Traffic,
    done: bool,
}

impl Answering {
    fn end(&mut self) {
        self.done = true;
    }
}

impl Drop for Answering {
    fn drop(&mut self) {
        let list = if self.done { &self.traffic.answered } else { &self.traffic.given_up };
        list.send_modify(|pages| pages.push(self.page));
    }
}

pub struct PageServer {
    pub uri: String,
    pub traffic: Traffic,
    task: JoinHandle<()>,
}

impl PageServer {
    /// Answers each page with what a future comes to.
    pub async fn start<F>(answer: impl Fn(u32, Traffic) -> F + Clone + Send + Sync + 'static) -> Self
    where
        F: Future<Output = Response> + Send + 'static,
    {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let uri = format!("http://{}", listener.local_addr().unwrap());
        let traffic = Traffic::default();
        let seen = traffic.clone();
        let app = Router::new().fallback(move |uri: Uri| {
            let page = page_of(&uri);
            seen.asked.send_modify(|asked| asked.push(page));
            let answer = answer(page, seen.clone());
            let mut answering = Answering { page, traffic: seen.clone(), done: false };
            async move {
                let response = answer.await;
                answering.end();
                response
            }
        });
        let task = tokio::spawn(async move { axum::serve(listener, app).await.unwrap() });
        Self { uri, traffic, task }
    }

    /// The pages that were asked for, from the lowest on.
    pub fn asked(&self) -> Vec<u32> {
        let mut asked = self.traffic.asked.borrow().clone();
        asked.sort_unstable();
        asked
    }
}

impl Drop for PageServer {
    fn drop(&mut self) {
        self.task.abort();
    }
}

fn page_of(uri: &Uri) -> u32 {
    let mut pairs = form_urlencoded::parse(uri.query().unwrap_or_default().as_bytes());
    pairs.find(|(name, _)| name == "page").map_or(1, |(_, page)| page.parse().unwrap())
}

/// A page of webhooks with these numbers.
pub fn page(numbers: impl IntoIterator<Item = usize>) -> Response {
    let webhooks: Vec<_> =
        numbers.into_iter().map(|n| json!({ "identifier": format!("hook-{n}") })).collect();
    Response::new(Body::from(json!({ "ok": true, "webhooks": webhooks }).to_string()))
}

/// A refusal.
pub fn status(code: u16) -> Response {
    Response::builder().status(code).body(Body::empty()).unwrap()
}
