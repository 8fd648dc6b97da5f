//! Identities and sessions of a user.

use std::time::Duration;

use workos::user_management::{ListSessionsParams, RevokeSession, User, UserIdentityProvider};
use workos::{ListMetadata, Page, PaginationOrder};

use super::create_with_emails;
use crate::common::emulated::{emulator, wait_until, whole};

#[tokio::test]
async fn identities_are_those_of_the_user() {
    let emulator = emulator().await;
    // Unchecked: the contract does not know one of the providers.
    let users = (*emulator).client().user_management();
    let [ada, grace] = create_with_emails(&users, ["ada@example.com", "grace@example.com"]).await;
    assert_eq!(users.get_user_identities(&ada.id).await.unwrap(), []);
    let google = emulator.fixtures().identity(&ada.id, UserIdentityProvider::GoogleOAuth);
    let apple = emulator.fixtures().identity(&grace.id, UserIdentityProvider::AppleOAuth);
    let unheard_of = emulator.fixtures().identity(&ada.id, "BrandNewOAuth".into());
    assert_eq!(users.get_user_identities(&ada.id).await.unwrap(), [google, unheard_of]);
    assert_eq!(users.get_user_identities(&grace.id).await.unwrap(), [apple]);
}

#[tokio::test]
async fn active_sessions_of_a_user_are_listed_newest_first() {
    let emulator = emulator().await;
    let users = emulator.client().user_management();
    let [ada, grace] = create_with_emails(&users, ["ada@example.com", "grace@example.com"]).await;
    let list = |user: &User| users.list_sessions(&user.id, Default::default());
    assert_eq!(list(&ada).await.unwrap(), Page::default());

    let first = emulator.fixtures().session(&ada.id);
    let other = emulator.fixtures().session(&grace.id);
    let second = emulator.fixtures().session(&ada.id);
    let listed = list(&ada).await.unwrap();
    assert_eq!(listed, whole([second.clone(), first.clone()]));
    assert_eq!(list(&grace).await.unwrap(), whole([other]));

    let params = ListSessionsParams {
        limit: Some(1),
        order: Some(PaginationOrder::Asc),
        ..Default::default()
    };
    let page = users.list_sessions(&ada.id, params.clone()).await.unwrap();
    let metadata = ListMetadata::new(None, Some(first.id.clone()));
    assert_eq!(page, Page::new(vec![first.clone()], metadata));
    let walk = users.list_sessions_auto_paging(&ada.id, params);
    assert_eq!(walk.try_collect::<Vec<_>>().await.unwrap(), [first, second]);
}

#[tokio::test]
async fn a_revoked_session_is_no_longer_listed() {
    let emulator = emulator().await;
    let users = emulator.client().user_management();
    let [ada] = create_with_emails(&users, ["ada@example.com"]).await;
    let lost = emulator.fixtures().session(&ada.id);
    let kept = emulator.fixtures().session(&ada.id);
    users.revoke_session(RevokeSession::new(&lost.id)).await.unwrap();
    let listed = users.list_sessions(&ada.id, Default::default()).await.unwrap();
    assert_eq!(listed, whole([kept]));

    let unknown = users.revoke_session(RevokeSession::new("session_missing")).await.unwrap_err();
    assert!(unknown.is_bad_request(), "{unknown}");
}

#[tokio::test]
async fn a_session_is_listed_until_it_expires() {
    let emulator = emulator().await;
    let users = emulator.client().user_management();
    let [ada] = create_with_emails(&users, ["ada@example.com"]).await;
    let session = emulator.fixtures().session(&ada.id);
    let list = || users.list_sessions(&ada.id, Default::default());
    wait_until(&emulator, session.expires_at - Duration::from_millis(1));
    assert_eq!(list().await.unwrap(), whole([session.clone()]));
    wait_until(&emulator, session.expires_at);
    assert_eq!(list().await.unwrap(), Page::default());
}
