//! Guards: what a route requires of who calls it.

use std::convert::Infallible;
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use axum::Router;
use axum::extract::Request;
use axum::response::{IntoResponse, Response};
use axum::routing::{MethodRouter, Route};
use tower_layer::Layer;
use tower_service::Service;
use workos::Timestamp;
use workos::helpers::flags::FlagContext;

use crate::auth::Auth;
use crate::caller::Caller;
use crate::extract::without_layer;
use crate::rejection::{Reason, is_for_browser};

/// What a route may require of who calls it: one of the types of this crate, one of yours, or a
/// function.
///
/// ```
/// use workos_axum::{Caller, Reason};
///
/// /// For `.require(employees_only)`.
/// fn employees_only(caller: &Caller) -> Result<(), Reason> {
///     if caller.organization_id() == Some("org_01") {
///         return Ok(());
///     }
///     let message = "For employees only.".to_owned();
///     Err(Reason::Forbidden { code: "employees_only", message })
/// }
/// ```
pub trait Requirement: Clone + Send + Sync + 'static {
    /// Whether the caller fulfils it.
    ///
    /// # Errors
    ///
    /// Why the request is not served.
    fn check(&self, caller: &Caller, auth: &Auth) -> Result<(), Reason>;
}

impl<F> Requirement for F
where
    F: Fn(&Caller) -> Result<(), Reason> + Clone + Send + Sync + 'static,
{
    fn check(&self, caller: &Caller, _: &Auth) -> Result<(), Reason> {
        self(caller)
    }
}

/// Adds requirements to routes.
///
/// ```
/// use axum::{Router, routing::get};
/// use workos_axum::{Permission, Require, SignedIn};
///
/// # async fn notes() {}
/// # async fn account() {}
/// let notes: Router = Router::new()
///     .route("/notes", get(notes).require(Permission("notes:read")))
///     .route("/account", get(account))
///     .require(SignedIn); // for all routes above
/// ```
pub trait Require: Sized {
    /// Serves only callers who fulfil this. Of several, the one that was added last is checked
    /// first.
    #[must_use]
    fn require(self, requirement: impl Requirement) -> Self;
}

impl<S: Clone + Send + Sync + 'static> Require for Router<S> {
    fn require(self, requirement: impl Requirement) -> Self {
        self.route_layer(GuardLayer { requirement })
    }
}

impl<S: Clone + 'static> Require for MethodRouter<S, Infallible> {
    fn require(self, requirement: impl Requirement) -> Self {
        self.route_layer(GuardLayer { requirement })
    }
}

fn forbidden(code: &'static str, message: impl Into<String>) -> Reason {
    Reason::Forbidden { code, message: message.into() }
}

/// Requires that somebody is signed in, or has a credential that the application accepts.
#[derive(Debug, Clone, Copy)]
pub struct SignedIn;

impl Requirement for SignedIn {
    fn check(&self, _: &Caller, _: &Auth) -> Result<(), Reason> {
        Ok(())
    }
}

/// Requires a permission of the user's roles, a scope of a machine, or a permission of an API key,
/// such as `notes:read`.
#[derive(Debug, Clone, Copy)]
pub struct Permission(pub &'static str);

impl Requirement for Permission {
    fn check(&self, caller: &Caller, _: &Auth) -> Result<(), Reason> {
        if caller.may(self.0) {
            return Ok(());
        }
        let message = format!("This takes the permission {}.", self.0);
        Err(forbidden("permission_required", message))
    }
}

/// Requires a role of the user in the organization of the session.
#[derive(Debug, Clone, Copy)]
pub struct Role(pub &'static str);

impl Requirement for Role {
    fn check(&self, caller: &Caller, _: &Auth) -> Result<(), Reason> {
        let has_role = caller.claims().is_some_and(|claims| {
            claims.role.as_deref() == Some(self.0) || claims.roles.iter().any(|role| role == self.0)
        });
        if has_role {
            return Ok(());
        }
        Err(forbidden("role_required", format!("This takes the role {}.", self.0)))
    }
}

/// Requires an entitlement of the organization, such as a plan that it has bought.
#[derive(Debug, Clone, Copy)]
pub struct Entitlement(pub &'static str);

impl Requirement for Entitlement {
    fn check(&self, caller: &Caller, _: &Auth) -> Result<(), Reason> {
        let is_own = |claims: &std::sync::Arc<workos::helpers::tokens::AccessToken>| {
            claims.entitlements.iter().any(|entitlement| entitlement == self.0)
        };
        if caller.claims().is_some_and(is_own) {
            return Ok(());
        }
        let message = format!("This takes the entitlement {}.", self.0);
        Err(forbidden("entitlement_required", message))
    }
}

/// Requires a feature flag that is on: by the access token, or else by the
/// [client of flags](crate::AuthKit::flags) if the application has one.
#[derive(Debug, Clone, Copy)]
pub struct Flag(pub &'static str);

impl Requirement for Flag {
    fn check(&self, caller: &Caller, auth: &Auth) -> Result<(), Reason> {
        let is_claimed = caller
            .claims()
            .is_some_and(|claims| claims.feature_flags.iter().any(|flag| flag == self.0));
        let is_on = || {
            let mut context = FlagContext::new();
            if let Some(user) = caller.user_id() {
                context = context.user(user);
            }
            if let Some(organization) = caller.organization_id() {
                context = context.organization(organization);
            }
            let flags = auth.kit().config.flags.as_ref();
            flags.is_some_and(|flags| flags.is_enabled(self.0, &context))
        };
        if is_claimed || is_on() {
            return Ok(());
        }
        Err(forbidden("feature_disabled", format!("The feature {} is not on.", self.0)))
    }
}

/// Requires that the request is made in an organization, whichever it is.
#[derive(Debug, Clone, Copy)]
pub struct InOrganization;

impl Requirement for InOrganization {
    fn check(&self, caller: &Caller, _: &Auth) -> Result<(), Reason> {
        match caller.organization_id() {
            Some(_) => Ok(()),
            None => Err(forbidden("organization_required", "Choose an organization first.")),
        }
    }
}

/// Requires that the request is made in this organization, `org_…`.
#[derive(Debug, Clone, Copy)]
pub struct Organization(pub &'static str);

impl Requirement for Organization {
    fn check(&self, caller: &Caller, _: &Auth) -> Result<(), Reason> {
        if caller.organization_id() == Some(self.0) {
            return Ok(());
        }
        Err(forbidden("organization_required", "This is for another organization."))
    }
}

/// Requires that the user has signed in at most this long ago: for what must not happen at a screen
/// that somebody left unlocked. Otherwise the user signs in again, and returns.
#[derive(Debug, Clone, Copy)]
pub struct RecentSignIn(pub Duration);

impl Requirement for RecentSignIn {
    fn check(&self, caller: &Caller, _: &Auth) -> Result<(), Reason> {
        let signed_in = caller.claims().and_then(|claims| claims.auth_time);
        if signed_in.is_some_and(|at| Timestamp::now() < at + self.0) {
            return Ok(());
        }
        Err(Reason::SignInAgain { max_age: self.0 })
    }
}

/// Requires that the user is not impersonated from WorkOS's dashboard.
#[derive(Debug, Clone, Copy)]
pub struct NotImpersonated;

impl Requirement for NotImpersonated {
    fn check(&self, caller: &Caller, _: &Auth) -> Result<(), Reason> {
        match caller.claims().and_then(|claims| claims.actor()) {
            None => Ok(()),
            Some(_) => Err(forbidden("impersonated", "Only the user can do this.")),
        }
    }
}

#[derive(Clone)]
struct GuardLayer<R> {
    requirement: R,
}

impl<R: Clone> Layer<Route> for GuardLayer<R> {
    type Service = Guard<R>;

    fn layer(&self, inner: Route) -> Guard<R> {
        Guard { requirement: self.requirement.clone(), inner }
    }
}

#[derive(Clone)]
struct Guard<R> {
    requirement: R,
    inner: Route,
}

impl<R: Requirement> Service<Request> for Guard<R> {
    type Response = Response;
    type Error = Infallible;
    type Future = Pin<Box<dyn Future<Output = Result<Response, Infallible>> + Send>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Service::<Request>::poll_ready(&mut self.inner, context)
    }

    fn call(&mut self, request: Request) -> Self::Future {
        let Some(auth) = request.extensions().get::<Auth>().cloned() else {
            let rejection = without_layer(is_for_browser(request.headers()));
            return Box::pin(async { Ok(rejection.into_response()) });
        };
        let requirement = self.requirement.clone();
        // The clone stays behind; the service that is ready serves this request.
        let clone = self.inner.clone();
        let mut inner = std::mem::replace(&mut self.inner, clone);
        Box::pin(async move {
            let caller = match auth.required_caller().await {
                Ok(caller) => caller,
                Err(rejection) => return Ok(rejection.into_response()),
            };
            match requirement.check(caller, &auth) {
                Ok(()) => inner.call(request).await,
                Err(reason) => Ok(auth.rejection(reason).into_response()),
            }
        })
    }
}
