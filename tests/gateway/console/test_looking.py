"""Pages that show accounts of payees say so on the trail, once for a page."""

from sqlalchemy import select

from gateway.persistence.tables import audit


def listed(hub):
    with hub.reading() as connection:
        rows = connection.execute(select(audit).where(audit.c.action.like("bank_details.%")).order_by("sequence"))
        return [(row.action, row.subject, row.data) for row in rows]


def test_each_page_with_accounts_is_one_row(site):
    batch = site.submit("10.00", "20.00")
    browser = site.browser("anna")
    shown = {"of": "payments", "count": 2}
    for path, subject, query in (
        ("/payments", "payments", {}),
        (f"/payments?batch={batch}&state=validated", batch, {"batch": batch, "state": "validated"}),
        ("/payments?as=csv", "payments", {}),
        (f"/batches/{batch}", batch, {}),
    ):
        before = len(listed(site.hub))
        assert browser.get(path).status_code == 200
        assert listed(site.hub)[before:] == [("bank_details.listed", subject, shown | {"query": query})]


def test_a_held_payment_is_seen_like_any_other(site):
    site.submit("10.00")
    browser = site.browser("anna")
    payment = browser.get("/payments").text.split("/console/payments/", 1)[1].split('"', 1)[0]
    before = len(listed(site.hub))
    browser.get(f"/payments/{payment}/hold")
    assert listed(site.hub)[before:] == [("bank_details.viewed", payment, {"of": "payment"})]


def test_a_page_of_nothing_showed_nothing(site):
    browser = site.browser("anna")
    browser.get("/payments")
    browser.get("/breaks")
    assert listed(site.hub) == []
