//! Feature flags. Only the dashboard creates them, so these take what is there.

use workos::FeatureFlag;

use crate::harness::{Outcome, Stop, World, refused_as, same};

scenarios![a_flag_is_listed_and_read_by_its_slug, a_flag_is_on_for_its_targets];

async fn flags(world: &World) -> Outcome<Vec<FeatureFlag>> {
    let api = world.client.feature_flags();
    Ok(api.list_feature_flags(Default::default()).await?.data)
}

async fn a_flag_is_listed_and_read_by_its_slug(world: &World) -> Outcome {
    let api = world.client.feature_flags();
    refused_as(api.get_feature_flag(&world.name("unknown")).await, 404)?;
    let Some(flag) = flags(world).await?.into_iter().next() else {
        return Err(Stop::Skipped("the environment has no feature flag".into()));
    };
    same(api.get_feature_flag(&flag.slug).await?, flag)
}

async fn a_flag_is_on_for_its_targets(world: &World) -> Outcome {
    let api = world.client.feature_flags();
    let enabled = flags(world).await?.into_iter().find(|flag| flag.enabled && !flag.default_value);
    let Some(flag) = enabled else {
        return Err(Stop::Skipped(
            "the environment has no feature flag that is enabled and off by default".into(),
        ));
    };
    let acme = world.organization("acme").await?;
    let is_on = async || {
        let on = api.list_organization_feature_flags(&acme.id, Default::default()).await?;
        Ok::<_, Stop>(on.data.iter().any(|on| on.slug == flag.slug))
    };
    same(is_on().await?, false)?;
    api.add_flag_target(&flag.slug, &acme.id).await?;
    world.undo(world.client.feature_flags().remove_flag_target(&flag.slug, &acme.id));
    world.eventually(async || same(is_on().await?, true)).await?;
    api.remove_flag_target(&flag.slug, &acme.id).await?;
    world.eventually(async || same(is_on().await?, false)).await
}
