//! WorkOS, as the example needs it.

use std::error::Error;

use axum::response::{IntoResponse, Response};
use http::StatusCode;
use serde_json::json;
use workos::Client;
use workos::helpers::seal::SealKeys;
use workos::organization_membership::{
    CreateOrganizationMembership, ListOrganizationMembershipsParams, OrganizationMembershipRole,
};
use workos_axum::{Auth, AuthKit, Reason, Rejection};
use workos_emulator::{Emulator, SeedData};

/// AuthKit of an application at this origin: with the WorkOS of the environment, or else with an
/// emulator.
pub(crate) async fn auth(origin: &str) -> Result<(AuthKit, Option<Emulator>), Box<dyn Error>> {
    let (auth, emulator) = if std::env::var_os("WORKOS_API_KEY").is_some() {
        (AuthKit::from_env()?, None)
    } else {
        let emulator = start().await?;
        let keys = SealKeys::new("a cookie password of 32 characters")?;
        let auth = AuthKit::new(emulator.client(), keys);
        (auth.redirect_uri(format!("{origin}/callback"))?, Some(emulator))
    };
    let client = auth.client().clone();
    let auth = auth.after_logout(format!("{origin}/")).on_sign_in(move |signed_in| {
        let (client, user) = (client.clone(), signed_in.response.user.id);
        async move { welcome(&client, &user).await }
    });
    Ok((auth, emulator))
}

/// Two organizations, two roles, and Ada.
async fn start() -> Result<Emulator, Box<dyn Error>> {
    let ada = "ada@example.com";
    let data = json!({
        "permissions": [
            {"slug": "notes:read", "name": "Read notes"},
            {"slug": "notes:write", "name": "Write notes"},
        ],
        "roles": [
            {"slug": "editor", "name": "Editor", "permissions": ["notes:read", "notes:write"]},
            {"slug": "reader", "name": "Reader", "permissions": ["notes:read"]},
        ],
        "users": [{
            "email": ada, "email_verified": true, "first_name": "Ada",
            "password": "correct horse battery",
        }],
        "organizations": [
            {"id": "org_acme", "name": "Acme", "memberships": [{"email": ada, "role": "editor"}]},
            {"id": "org_beta", "name": "Beta", "memberships": [{"email": ada, "role": "reader"}]},
        ],
    });
    let data = SeedData::from_value(data)?;
    Ok(Emulator::builder().interactive().data(data).start().await?)
}

/// Makes a new user a member of both organizations.
async fn welcome(client: &Client, user_id: &str) -> Result<(), Response> {
    let failed = |_| (StatusCode::BAD_GATEWAY, "Sign in again, please.").into_response();
    let memberships = client.organization_membership();
    let own = ListOrganizationMembershipsParams {
        user_id: Some(user_id.to_owned()),
        ..ListOrganizationMembershipsParams::default()
    };
    let page = memberships.list_organization_memberships(own).await.map_err(failed)?;
    if !page.data.is_empty() {
        return Ok(());
    }
    for (organization, role) in [("org_acme", "editor"), ("org_beta", "reader")] {
        let new = CreateOrganizationMembership {
            role: Some(OrganizationMembershipRole::single(role)),
            ..CreateOrganizationMembership::new(user_id, organization)
        };
        memberships.create_organization_membership(new).await.map_err(failed)?;
    }
    Ok(())
}

/// An organization that the caller can switch to.
pub(crate) struct Organization {
    pub(crate) id: String,
    pub(crate) name: String,
    pub(crate) is_current: bool,
}

/// The organizations of the caller; none when nobody is signed in.
pub(crate) async fn organizations(auth: &Auth) -> Result<Vec<Organization>, Rejection> {
    let Some(caller) = auth.caller().await? else { return Ok(Vec::new()) };
    let own = ListOrganizationMembershipsParams {
        user_id: caller.user_id().map(str::to_owned),
        ..ListOrganizationMembershipsParams::default()
    };
    let memberships = auth.kit().client().organization_membership();
    let page = memberships.list_organization_memberships(own).await.map_err(|_| {
        auth.rejection(Reason::Unavailable { retry_after: std::time::Duration::from_secs(5) })
    })?;
    let shown = page.data.into_iter().map(|one| Organization {
        is_current: caller.organization_id() == Some(&one.organization_id),
        id: one.organization_id,
        name: one.organization_name.unwrap_or_default(),
    });
    Ok(shown.collect())
}
