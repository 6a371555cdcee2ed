//! What Kubernetes and Prometheus ask for.

use axum::body::Body;
use axum::response::Response;
use http::header::CONTENT_TYPE;
use http::{HeaderValue, Method, StatusCode};

use crate::about::{Shape, about};
use crate::call::Call;
use crate::route::{Access, Answer, Routes, route};
use crate::wire::Wire;

pub(crate) fn routes() -> Routes {
    route(Method::GET, "/healthz", Access::Anyone, healthz)
        .says(about("Tells whether the process answers.").gives(Shape::Text))
        .merge(
            route(Method::GET, "/readyz", Access::Anyone, readyz).says(
                about("Tells whether the server takes work.")
                    .gives(Shape::Text)
                    .answers(503, Shape::Text),
            ),
        )
        .merge(
            route(Method::GET, "/metrics", Access::Somebody, metrics).says(
                about("Tells what has been counted, in Prometheus' text form.").gives(Shape::Text),
            ),
        )
}

/// The process answers.
async fn healthz(_wire: Wire, _call: Call) -> Answer {
    Ok(text(StatusCode::OK, "ok\n", "text/plain; charset=utf-8"))
}

/// The server takes work: it is not stopping, and its store answers.
async fn readyz(wire: Wire, _call: Call) -> Answer {
    let stopping = wire.handle().is_stopping();
    let answers = wire.handle().store().pending_events(1).await.is_ok();
    Ok(match (stopping, answers) {
        (false, true) => text(StatusCode::OK, "ready\n", "text/plain; charset=utf-8"),
        (true, _) => text(
            StatusCode::SERVICE_UNAVAILABLE,
            "stopping\n",
            "text/plain; charset=utf-8",
        ),
        (false, false) => text(
            StatusCode::SERVICE_UNAVAILABLE,
            "the store does not answer\n",
            "text/plain; charset=utf-8",
        ),
    })
}

async fn metrics(wire: Wire, _call: Call) -> Answer {
    let body = wire.handle().metrics_text();
    Ok(text(
        StatusCode::OK,
        &body,
        "text/plain; version=0.0.4; charset=utf-8",
    ))
}

fn text(status: StatusCode, body: &str, content_type: &'static str) -> Response {
    let mut response = Response::new(Body::from(body.to_owned()));
    *response.status_mut() = status;
    response
        .headers_mut()
        .insert(CONTENT_TYPE, HeaderValue::from_static(content_type));
    response
}
