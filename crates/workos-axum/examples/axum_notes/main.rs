//! Notes of organizations, for people who sign in with AuthKit: `cargo run --example axum_notes`.
//!
//! WorkOS is the emulator, in this process. Open the address that the example prints, and create an
//! account for an address such as `grace+workos_test@example.com`, which always gets the code
//! 424242. Who signs up joins Acme as an editor and Beta as a reader. Ada (`ada@example.com`,
//! `correct horse battery`) is there already. With `WORKOS_API_KEY` and the other variables of
//! [`AuthKit::from_env`], the example asks that WorkOS instead.

#![allow(clippy::print_stdout)] // an example prints to the terminal

mod notes;
mod pages;
mod world;

use std::error::Error;

use axum::Router;
use axum::extract::{Form, State};
use axum::response::{Html, Redirect};
use axum::routing::{get, post};
use workos_axum::{Auth, AuthKit, Permission, Rejection, Require, Session, User};

use notes::{NewNote, Notes};

fn app(auth: &AuthKit) -> Router {
    Router::new()
        .route("/", get(home))
        .route("/notes", get(list).require(Permission("notes:read")))
        .route("/notes", post(add).require(Permission("notes:write")))
        .with_state(Notes::default())
        .merge(auth.routes())
        .layer(auth.layer())
}

async fn home(user: Option<User>, auth: Auth) -> Result<Html<String>, Rejection> {
    Ok(pages::home(user, &world::organizations(&auth).await?))
}

async fn list(session: Session, State(notes): State<Notes>) -> Html<String> {
    pages::notes(&notes.of(&session), &session)
}

async fn add(session: Session, State(notes): State<Notes>, Form(new): Form<NewNote>) -> Redirect {
    notes.add(&session, new);
    Redirect::to("/notes")
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let port = std::env::args().nth(1).map_or(Ok(3000), |port| port.parse())?;
    let listener = tokio::net::TcpListener::bind(("127.0.0.1", port)).await?;
    let origin = format!("http://localhost:{}", listener.local_addr()?.port());
    // As long as it lives, WorkOS runs.
    let (auth, _emulator) = world::auth(&origin).await?;
    println!("Open {origin}. WorkOS is at {}.", auth.client().base_url());
    Ok(axum::serve(listener, app(&auth)).await?)
}
