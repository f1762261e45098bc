"""Record ids of both lengths."""

from apatar.sandbox.salesforce.ids import full_id, make_id


def test_ids_of_recordings_keep_their_checksum() -> None:
    for recorded in ("0051a000000UGT8AAO", "001RM000003oLruYAE", "a001a000002zhZKAAY", "750ak000009BWKLAA4"):
        assert full_id(recorded[:15]) == recorded
        assert full_id(recorded) == recorded


def test_a_wrong_checksum_is_no_id() -> None:
    assert full_id("001RM000003oLrB000") is None
    assert full_id("001") is None


def test_ids_sort_in_the_order_they_were_made() -> None:
    ids = [make_id("001", number) for number in range(1, 5_000)]

    assert ids == sorted(ids)
    assert all(full_id(one) == one for one in ids)
