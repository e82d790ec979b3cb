"""Every column of bytes is either sealed anew with a new key, or is known to hold nothing sealed."""

from sqlalchemy import LargeBinary

from server.services.resealing import SEALED
from server.store.storage_tables import StorageAccount
from server.store.tables import Table

NOT_SEALED = {  # hashes, public keys, signatures, and what is sealed for a phone or signed as it stands
    *("token_hash", "secret_hash", "code_hash", "grant_hash", "wait_hash", "body_hash", "hash", "proof", "grant_proof"),
    *("redeem_proof", "dsk", "dhk", "credential_id", "cose", "statement", "statement_signature", "challenge"),
    *("ehk_point", "details", "frozen", "server_signature", "sealed", "body", "result_key"),
}


def test_every_column_of_bytes_is_known() -> None:
    sealed = {(each.table.__tablename__, column) for each in SEALED for column in each.columns}
    assert (StorageAccount.__tablename__, "credentials") in sealed
    columns = {
        (table.name, column.name)
        for table in Table.metadata.tables.values()
        for column in table.columns
        if isinstance(column.type, LargeBinary)
    }
    assert {each for each in columns if each[1] not in NOT_SEALED} == sealed
