//! Links to the Admin Portal.

use std::time::Duration;

use workos::admin_portal::{GenerateLink, GenerateLinkIntent};
use workos::{Organization, SecretString};

use crate::reply::{Answer, Refusal};
use crate::state::collection::Entity;
use crate::state::{Change, PortalLink};

const LINK_LIFETIME: Duration = Duration::from_secs(5 * 60);

/// A visit to the Admin Portal, as its link asked for it.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct PortalVisit {
    /// The organization to set up.
    pub organization_id: String,
    /// The page to open.
    pub intent: Option<GenerateLinkIntent>,
    /// Where the logo leads to.
    pub return_url: Option<String>,
    /// Where the admin goes after the setup.
    pub success_url: Option<String>,
    /// The IT contacts who may use the portal.
    pub it_contact_emails: Vec<String>,
    /// The application's own ID of the user who got the link.
    pub external_user_id: Option<String>,
}

/// Makes a link, which can be opened once and only for some minutes.
pub(crate) fn add_link(change: &mut Change<'_>, request: GenerateLink) -> Answer<SecretString> {
    change.one::<Organization>(&request.organization)?;
    let (id, token) = (change.id(PortalLink::PREFIX), change.token(32));
    let link = SecretString::from(format!("{}/portal/launch?token={token}", change.origin()));
    let expires_at = change.now() + LINK_LIFETIME;
    change.insert(PortalLink { id, link: link.clone(), request, expires_at, is_used: false })?;
    Ok(link)
}

/// Uses a link up, and returns what was asked for with it.
pub(crate) fn open(change: &mut Change<'_>, link: &str) -> Answer<PortalVisit> {
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
    let request = change.put(found)?.request.clone();
    Ok(PortalVisit {
        organization_id: request.organization,
        intent: request.intent,
        return_url: request.return_url,
        success_url: request.success_url,
        it_contact_emails: request.it_contact_emails.unwrap_or_default(),
        external_user_id: request.external_user_id,
    })
}
