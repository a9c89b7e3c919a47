import pytest

from haimengyuan.lib.masking import mask_email, mask_id_number, mask_name, mask_phone


@pytest.mark.parametrize(
    ("mask", "plain", "masked"),
    [
        (mask_name, "王明", "王*"),
        (mask_name, "王小明", "王*明"),
        (mask_name, "欧阳小明", "欧**明"),
        (mask_name, "王", "王"),
        (mask_name, "", ""),
        (mask_phone, "13800000617", "138****"),
        (mask_phone, "05350001200", "0535****"),
        (mask_phone, "", ""),
        (mask_id_number, "999999199001010019", "999999********0019"),
        (mask_id_number, "999999900101001", "***************"),
        (mask_email, "zhao@example.org", "z***@example.org"),
        (mask_email, "", ""),
    ],
)
def test_masks_leave_what_may_be_seen(mask, plain, masked):
    assert mask(plain) == masked
