//! Vault: encrypted storage for secrets, and encryption keys for your own storage.
//!
//! An object is a named value that WorkOS encrypts and stores. A data key is for values that you
//! encrypt and store yourself. In both cases the key context, key-value pairs such as an
//! organization's ID, selects the key-encryption key (KEK). So each customer can have their own, or
//! bring it (BYOK).
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
//! // Only if it has not changed since.
//! let change = UpdateObject::if_unchanged(&object, "n3w s3cr3t")?;
//! match vault.update_kv(&object.id, change).await {
//!     Err(error) if error.is_conflict() => println!("changed by someone else"),
//!     result => drop(result?),
//! }
//!
//! vault.delete_kv(&object.id, DeleteKvParams::default()).await?;
//! # Ok(()) }
//! ```

use crate::{Error, List, Page, SecretString, Timestamp};

api! {
    /// Encrypted objects and data keys. See [`vault`](crate::vault).
    #[doc(alias("KMS", "BYOK", "secrets", "encryption"))]
    VaultApi, vault;
}

#[doc(hidden)]
pub use crate::compat::vault::*;

operations! {
    VaultApi, vault;

    /// Creates a data key, in plaintext and encrypted. Encrypt locally with the plaintext key and
    /// discard it; store the encrypted key with the data.
    #[doc(alias("DEK", "envelope_encryption"))]
    POST "/vault/v1/keys/data-key" @ "vault/key/create-data-key"
        => create_data_key(body: CreateDataKey) -> CreateDataKeyResponse;

    /// Decrypts a data key.
    #[doc(alias = "decrypt_data_key")]
    POST "/vault/v1/keys/decrypt" @ "vault/key/decrypt-data-key"
        => create_decrypt(body: DecryptDataKey) -> DecryptResponse;

    /// Re-encrypts a data key for a new key context. The data it encrypted stays valid.
    #[doc(alias = "reencrypt")]
    POST "/vault/v1/keys/rekey" @ "vault/key"
        => create_rekey(body: RekeyDataKey) -> CreateDataKeyResponse;

    /// Lists the objects of the environment, without their values.
    #[doc(alias = "list_objects")]
    GET "/vault/v1/kv" @ "vault/object/list" => list_kv(query: ListKvParams) -> Page<ObjectSummary>;

    /// Creates an object: encrypts a value and stores it.
    ///
    /// # Errors
    ///
    /// 409 when an object with this name exists; 422 when a field is invalid.
    #[doc(alias = "create_object")]
    POST "/vault/v1/kv" @ "vault/object/create" => create_kv(body: CreateObject) -> ObjectMetadata;

    /// Fetches an object with its decrypted value, by name.
    #[doc(alias = "read_object_by_name")]
    GET "/vault/v1/kv/name/{name}" @ "vault/object/get-by-name"
        => get_kv_by_name(name) -> VaultObject;

    /// Fetches an object with its decrypted value.
    #[doc(alias = "read_object")]
    GET "/vault/v1/kv/{id}" @ "vault/object/get" => get_kv(id) -> VaultObject;

    /// Updates an object's value, which creates a new version.
    ///
    /// # Errors
    ///
    /// 409 when the current version is not the expected one.
    #[doc(alias = "update_object")]
    PUT "/vault/v1/kv/{id}" @ "vault/object/update"
        => update_kv(id, body: UpdateObject) -> ObjectWithoutValue;

    /// Permanently deletes an object.
    ///
    /// # Errors
    ///
    /// 404 when the object does not exist; 409 when its current version is not the expected one.
    #[doc(alias = "delete_object")]
    DELETE "/vault/v1/kv/{id}" @ "vault/object/delete"
        => delete_kv(id, query: DeleteKvParams) -> DeleteObjectResponse;

    /// Fetches an object's metadata without decrypting its value.
    #[doc(alias = "describe_object")]
    GET "/vault/v1/kv/{id}/metadata" @ "vault/object/metadata"
        => get_kv_metadata(id) -> ObjectWithoutValue;

    /// Lists the versions of an object. Not paginated.
    #[doc(alias = "list_object_versions")]
    GET "/vault/v1/kv/{id}/versions" @ "vault/object/versions"
        => list_kv_versions(id) -> List<ObjectVersion>;
}

text_map! {
    /// What a value belongs to, such as an organization: up to 10 key-value pairs, with values of
    /// up to 500 characters. It selects the key-encryption key (KEK).
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
        /// The order; by default unspecified.
        order: Option<VaultOrder>,
        /// Only objects whose name matches this text, or that match this search in JSON.
        search: Option<String>,
        /// Only objects updated after this time.
        updated_after as "updatedAfter": Option<Timestamp>,
    }
}

open_enum! {
    /// The order in which objects are listed.
    pub enum VaultOrder {
        /// Ascending.
        Asc = "asc",
        /// Descending.
        Desc = "desc",
    }
}

inputs! {
    /// The version that [`delete_kv`](VaultApi::delete_kv) expects.
    DeleteKvParams {
        /// Deletes the object only if this is its current version.
        version_check: Option<String>,
    }

    /// A new data key.
    #[derive(Eq)]
    CreateDataKey {
        /// Selects the key-encryption key.
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

    /// The data key to re-encrypt, and its new key context.
    #[derive(Eq)]
    RekeyDataKey {
        /// Selects the new key-encryption key.
        context: KeyContext,
        /// The encrypted data key, base64.
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
        /// Selects the key-encryption key.
        key_context: KeyContext,
    }
}

inputs! {
    /// Updates to an object.
    #[derive(Eq)]
    UpdateObject {
        /// The value to encrypt.
        value: SecretString,
        /// Updates the object only if this is its current version.
        version_check: Option<String>,
    }
}

impl UpdateObject {
    /// Updates the value only if the object has not changed since it was read; otherwise
    /// [`update_kv`](VaultApi::update_kv) fails with 409.
    ///
    /// # Errors
    ///
    /// [`Error::Builder`] when the object was read without a version to compare with.
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
    /// A data key, in plaintext and encrypted.
    #[derive(Eq)]
    CreateDataKeyResponse {
        /// The key context it was created for.
        context: KeyContext,
        /// The plaintext key, base64.
        data_key: SecretString,
        /// The encrypted key, base64; [`create_decrypt`](VaultApi::create_decrypt) decrypts it.
        encrypted_keys: SecretString,
        /// The data key's ID.
        id: String,
    }

    /// A data key in plaintext.
    #[derive(Eq)]
    DecryptResponse {
        /// The plaintext key, base64.
        data_key: SecretString,
        /// The data key's ID.
        id: String,
    }

    /// An object in a list.
    #[derive(Eq)]
    ObjectSummary {
        /// The object's ID.
        id: String,
        /// The name, unique in the environment.
        name: String,
        /// When its value was last updated.
        #[serde(skip_serializing_if = "Option::is_none")]
        updated_at: Option<Timestamp>,
    }

    /// An object with its decrypted value.
    #[derive(Eq)]
    VaultObject {
        /// The object's ID.
        id: String,
        /// The metadata: key context, version and last update.
        metadata: ObjectMetadata,
        /// The name, unique in the environment.
        name: String,
        /// The decrypted value.
        value: SecretString,
    }

    /// An object without its value.
    #[derive(Eq)]
    ObjectWithoutValue {
        /// The object's ID.
        id: String,
        /// The metadata: key context, version and last update.
        metadata: ObjectMetadata,
        /// The name, unique in the environment.
        name: String,
    }

    /// The metadata of an object: key context, version and last update.
    #[derive(Eq)]
    ObjectMetadata {
        /// The key context it is encrypted for.
        context: KeyContext,
        /// The environment it belongs to.
        environment_id: String,
        /// The object's ID.
        id: String,
        /// The ID of the key-encryption key.
        key_id: String,
        /// When the value was last updated.
        updated_at: Timestamp,
        /// Who last updated it.
        updated_by: VaultActor,
        /// The current version, for `version_check`.
        #[serde(skip_serializing_if = "Option::is_none")]
        version_id: Option<String>,
    }

    /// Who wrote a value.
    #[derive(Eq)]
    VaultActor {
        /// The actor's ID.
        id: String,
        /// The human-readable name.
        name: String,
    }

    /// The result of deleting an object.
    #[derive(Eq)]
    DeleteObjectResponse {
        /// The name of the object.
        name: String,
        /// Whether it was deleted.
        success: bool,
    }

    /// A version of an object.
    #[derive(Eq)]
    ObjectVersion {
        /// When it was created.
        created_at: Timestamp,
        /// Whether it is the current version.
        current_version: bool,
        /// A hash of the value.
        etag: String,
        /// The version's ID, for `version_check`.
        id: String,
        /// The stored size in bytes.
        size: i64,
    }
}
