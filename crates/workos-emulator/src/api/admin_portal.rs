//! Links to the Admin Portal.

use std::time::Duration;

use workos::Organization;
use workos::admin_portal::*;

use crate::reply::{Answer, Refusal};
use crate::state::collection::Entity;
use crate::state::{Change, PortalLink};

const LINK_LIFETIME: Duration = Duration::from_secs(5 * 60);

routes! {
    admin_portal;
    generate_link(body) => write generate;
    revoke_link(body)   => write revoke;
}

fn generate(change: &mut Change<'_>, request: GenerateLink) -> Answer<PortalLinkResponse> {
    change.one::<Organization>(&request.organization)?;
    let (id, token) = (change.id(PortalLink::PREFIX), change.token(32));
    let mut response = PortalLinkResponse::default();
    response.link = format!("{}/portal/launch?token={token}", change.origin()).into();
    let expires_at = change.now() + LINK_LIFETIME;
    let link = response.link.clone();
    change.insert(PortalLink { id, link, request, expires_at, is_used: false })?;
    Ok(response)
}

/// A user without links has nothing to revoke, which is fine.
fn revoke(change: &mut Change<'_>, input: RevokeLink) -> Answer<()> {
    change.one::<Organization>(&input.organization)?;
    let is_of_user =
        |link: &PortalLink| link.request.external_user_id.as_ref() == Some(&input.external_user_id);
    let links = change.portal_links.by("organization", &input.organization);
    let ids: Vec<_> = links.filter(|link| is_of_user(link)).map(|link| link.id.clone()).collect();
    for id in ids {
        change.remove::<PortalLink>(&id)?;
    }
    Ok(())
}

/// Uses a link up, and returns what was asked for with it.
pub(crate) fn open(change: &mut Change<'_>, link: &str) -> Answer<GenerateLink> {
    let refuse = |message| Err(Refusal::bad_request("invalid_portal_link", message));
    let found = change.portal_links.find("link", link).map(|link| PortalLink::clone(link));
    let Some(mut found) = found else {
        return refuse("The link does not exist, or was revoked.");
    };
    if found.is_used {
        return refuse("The link was used before.");
    }
    if change.now() >= found.expires_at {
        return refuse("The link has expired.");
    }
    found.is_used = true;
    change.put(found).map(|found| found.request.clone())
}
