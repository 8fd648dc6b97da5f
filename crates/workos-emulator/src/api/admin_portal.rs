//! Links to the Admin Portal.

use workos::Organization;
use workos::admin_portal::*;

use crate::products::admin_portal::add_link;
use crate::reply::Answer;
use crate::state::{Change, PortalLink};

routes! {
    admin_portal;
    generate_link(body) => write generate;
    revoke_link(body)   => write revoke;
}

fn generate(change: &mut Change<'_>, request: GenerateLink) -> Answer<PortalLinkResponse> {
    let mut response = PortalLinkResponse::default();
    response.link = add_link(change, request)?;
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
