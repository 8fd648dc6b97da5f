//! Vault: secrets of yours and of your customers, encrypted by WorkOS.
//!
//! An object is a named value that WorkOS encrypts and keeps. A data key is for values that you
//! encrypt and keep yourself. In both cases the context, pairs of your choosing such as an
//! organization's id, decides which master key is behind it, so that each customer can have, and
//! bring, their own.
//!
//! ```no_run
//! use workos::vault::{CreateObject, DeleteKvParams, UpdateObject};
//!
//! # async fn run(client: workos::Client) -> Result<(), workos::Error> {
//! let vault = client.vault();
//!
//! let context = [("organization_id", "org_01EHZNVPK3SFK441A1RGBFSHRT")];
//! vault.create_kv(CreateObject::new("crm-token", "s3cr3t", context)).await?;
//!
//! let object = vault.get_kv_by_name("crm-token").await?;
//! assert_eq!(object.value.expose(), "s3cr3t");
//!
//! // Only if nobody has changed it since.
//! let change = UpdateObject::if_unchanged(&object, "n3w s3cr3t")?;
//! match vault.update_kv(&object.id, change).await {
//!     Err(error) if error.is_conflict() => println!("somebody was faster"),
//!     result => drop(result?),
//! }
//!
//! vault.delete_kv(&object.id, DeleteKvParams::default()).await?;
//! # Ok(()) }
//! ```

use crate::{Error, List, Page, SecretString, Timestamp};

api! {
    /// Encrypted values, and keys to encrypt with. See [`vault`](crate::vault).
    VaultApi, vault;
}

#[doc(hidden)]
pub use crate::compat::vault::*;

operations! {
    VaultApi, vault;

    /// Makes a data key: once in plain, to encrypt with and forget, and once encrypted, to keep
    /// beside what it encrypted.
    POST "/vault/v1/keys/data-key"
        => create_data_key(body: CreateDataKey) -> CreateDataKeyResponse;

    /// Decrypts a data key.
    POST "/vault/v1/keys/decrypt" => create_decrypt(body: DecryptDataKey) -> DecryptResponse;

    /// Encrypts a data key anew for another context. What it encrypted stays as it is.
    POST "/vault/v1/keys/rekey" => create_rekey(body: RekeyDataKey) -> CreateDataKeyResponse;

    /// Lists the objects of the environment, without their values.
    GET "/vault/v1/kv" => list_kv(query: ListKvParams) -> Page<ObjectSummary>;

    /// Encrypts a value and keeps it.
    ///
    /// # Errors
    ///
    /// 409 when there is an object with this name; 422 when a field is invalid.
    POST "/vault/v1/kv" => create_kv(body: CreateObject) -> ObjectMetadata;

    /// Fetches one object by its name, with its value.
    GET "/vault/v1/kv/name/{name}" => get_kv_by_name(name) -> VaultObject;

    /// Fetches one object with its value.
    GET "/vault/v1/kv/{id}" => get_kv(id) -> VaultObject;

    /// Gives an object another value, which makes a new version of it.
    ///
    /// # Errors
    ///
    /// 409 when the object has another version than the one expected.
    PUT "/vault/v1/kv/{id}" => update_kv(id, body: UpdateObject) -> ObjectWithoutValue;

    /// Deletes an object for good.
    ///
    /// # Errors
    ///
    /// 404 when there is none; 409 when it has another version than the one expected.
    DELETE "/vault/v1/kv/{id}"
        => delete_kv(id, query: DeleteKvParams) -> DeleteObjectResponse;

    /// Fetches what is known about an object, without decrypting it.
    GET "/vault/v1/kv/{id}/metadata" => get_kv_metadata(id) -> ObjectWithoutValue;

    /// Lists the versions of an object. They come whole.
    GET "/vault/v1/kv/{id}/versions" => list_kv_versions(id) -> List<ObjectVersion>;
}

text_map! {
    /// What a value belongs to, such as an organization: up to 10 pairs, with values of up to 500
    /// characters. It decides which master key encrypts the value.
    ///
    /// ```
    /// use workos::vault::{CreateObject, KeyContext};
    ///
    /// let context: KeyContext = [("organization_id", "org_1")].into();
    /// assert_eq!(context["organization_id"], "org_1");
    /// assert_eq!(CreateObject::new("crm-token", "s3cr3t", context.clone()).key_context, context);
    /// ```
    KeyContext
}

inputs! {
    /// Which items [`list_kv`](VaultApi::list_kv) returns.
    ListKvParams {
        /// A cursor: the page before this one.
        before: Option<String>,
        /// A cursor: the page after this one.
        after: Option<String>,
        /// The most items per page; the server's default is 10.
        limit: Option<i64>,
        /// The order; the server promises none by default.
        order: Option<VaultOrder>,
        /// Only objects whose name fits this text, or that fit this search in JSON.
        search: Option<String>,
        /// Only objects changed after this time.
        updated_after as "updatedAfter": Option<Timestamp>,
    }
}

open_enum! {
    /// In which order objects are listed.
    pub enum VaultOrder {
        /// Ascending.
        Asc = "asc",
        /// Descending.
        Desc = "desc",
    }
}

inputs! {
    /// Which version [`delete_kv`](VaultApi::delete_kv) expects.
    DeleteKvParams {
        /// Deletes the object only if this is its current version.
        version_check: Option<String>,
    }

    /// For whom a data key is.
    #[derive(Eq)]
    CreateDataKey {
        /// Decides the master key.
        context: KeyContext,
    }
}

inputs! {
    /// The data key to decrypt.
    #[derive(Eq)]
    DecryptDataKey {
        /// The [`encrypted_keys`](CreateDataKeyResponse::encrypted_keys), base64.
        keys: SecretString,
    }

    /// The data key to encrypt anew, and for whom.
    #[derive(Eq)]
    RekeyDataKey {
        /// Decides the new master key.
        context: KeyContext,
        /// The data key as it is encrypted now, base64.
        encrypted_keys: SecretString,
    }
}

inputs! {
    /// A new object.
    #[derive(Eq)]
    CreateObject {
        /// The name, up to 200 characters, unique in the environment.
        name: String,
        /// The value to encrypt.
        value: SecretString,
        /// Decides the master key.
        key_context: KeyContext,
    }
}

inputs! {
    /// Another value for an object.
    #[derive(Eq)]
    UpdateObject {
        /// The value to encrypt.
        value: SecretString,
        /// Changes the object only if this is its current version.
        version_check: Option<String>,
    }
}

impl UpdateObject {
    /// This value, if the object still is what was read before: otherwise
    /// [`update_kv`](VaultApi::update_kv) fails with 409.
    ///
    /// # Errors
    ///
    /// [`Error::Builder`] when the object was read without its version, so that there is nothing
    /// to compare with.
    pub fn if_unchanged(
        object: &VaultObject,
        value: impl Into<SecretString>,
    ) -> Result<Self, Error> {
        let version = object.metadata.version_id.as_deref().filter(|version| !version.is_empty());
        let version = version.ok_or_else(|| {
            Error::builder("version_check: the object has no version_id to compare with")
        })?;
        Ok(Self { value: value.into(), version_check: Some(version.to_owned()) })
    }
}

objects! {
    /// A data key, in plain and encrypted.
    #[derive(Eq)]
    CreateDataKeyResponse {
        /// The context it was made for.
        context: KeyContext,
        /// The key in plain, base64.
        data_key: SecretString,
        /// The key encrypted, base64; [`create_decrypt`](VaultApi::create_decrypt) turns it back.
        encrypted_keys: SecretString,
        /// The data key's id.
        id: String,
    }

    /// A data key in plain.
    #[derive(Eq)]
    DecryptResponse {
        /// The key, base64.
        data_key: SecretString,
        /// The data key's id.
        id: String,
    }

    /// An object in a list.
    #[derive(Eq)]
    ObjectSummary {
        /// The object's id.
        id: String,
        /// The name, unique in the environment.
        name: String,
        /// When its value was last changed.
        #[serde(skip_serializing_if = "Option::is_none")]
        updated_at: Option<Timestamp>,
    }

    /// An object with its value.
    #[derive(Eq)]
    VaultObject {
        /// The object's id.
        id: String,
        /// How it is encrypted, and who changed it last.
        metadata: ObjectMetadata,
        /// The name, unique in the environment.
        name: String,
        /// The value, decrypted.
        value: SecretString,
    }

    /// An object whose value was not asked for.
    #[derive(Eq)]
    ObjectWithoutValue {
        /// The object's id.
        id: String,
        /// How it is encrypted, and who changed it last.
        metadata: ObjectMetadata,
        /// The name, unique in the environment.
        name: String,
    }

    /// How an object is encrypted, and who changed it last.
    #[derive(Eq)]
    ObjectMetadata {
        /// The context it is encrypted for.
        context: KeyContext,
        /// The environment it belongs to.
        environment_id: String,
        /// The object's id.
        id: String,
        /// The master key.
        key_id: String,
        /// When the value was last changed.
        updated_at: Timestamp,
        /// Who changed it.
        updated_by: VaultActor,
        /// The current version, for `version_check`.
        #[serde(skip_serializing_if = "Option::is_none")]
        version_id: Option<String>,
    }

    /// Who has written a value.
    #[derive(Eq)]
    VaultActor {
        /// The actor's id.
        id: String,
        /// The name, for people to read.
        name: String,
    }

    /// What became of an object that was to be deleted.
    #[derive(Eq)]
    DeleteObjectResponse {
        /// The name it had.
        name: String,
        /// Whether it is gone.
        success: bool,
    }

    /// A value that an object has or had.
    #[derive(Eq)]
    ObjectVersion {
        /// When it was written.
        created_at: Timestamp,
        /// Whether it is the current one.
        current_version: bool,
        /// A hash of the value.
        etag: String,
        /// The version's id, for `version_check`.
        id: String,
        /// The stored bytes.
        size: i64,
    }
}
