"""The shapes Stripe answers with: session, line item, payment intent, charge, refund, event, list."""

import secrets
import string

import stripe

ALPHABET = string.ascii_letters + string.digits
NO_ADDRESS = dict.fromkeys(("city", "country", "line1", "line2", "postal_code", "state"))
SESSION_NULLS = (
    "after_expiration allow_promotion_codes billing_address_collection client_secret collected_information consent "
    "consent_collection currency_conversion customer customer_account customer_details discounts "
    "integration_identifier invoice invoice_creation origin_context payment_intent payment_link permissions "
    "payment_method_configuration_details recovered_from saved_payment_method_options setup_intent "
    "shipping_address_collection shipping_cost subscription wallet_options"
).split()
INTENT_NULLS = (
    "application application_fee_amount canceled_at cancellation_reason customer customer_account "
    "excluded_payment_method_types last_payment_error latest_charge next_action on_behalf_of payment_method "
    "processing review setup_future_usage shipping source statement_descriptor statement_descriptor_suffix "
    "transfer_data transfer_group"
).split()
CHARGE_NULLS = (
    "application application_fee application_fee_amount balance_transaction customer failure_balance_transaction "
    "failure_code failure_message on_behalf_of receipt_number receipt_url review shipping source source_transfer "
    "statement_descriptor statement_descriptor_suffix transfer_data transfer_group"
).split()


def new_id(prefix: str, length: int = 24) -> str:
    return f"{prefix}_" + "".join(secrets.choice(ALPHABET) for _ in range(length))


def new_session(params: dict, total: int, created: int, base_url: str) -> dict:
    session_id = new_id("cs_test", 58)
    return dict.fromkeys(SESSION_NULLS) | {
        "id": session_id,
        "object": "checkout.session",
        "adaptive_pricing": {"enabled": False},
        "amount_subtotal": total,
        "amount_total": total,
        "automatic_tax": {"enabled": False, "liability": None, "provider": None, "status": None},
        "cancel_url": params.get("cancel_url"),
        "client_reference_id": params.get("client_reference_id"),
        "created": created,
        "currency": params["line_items"][0]["price_data"]["currency"],
        "custom_fields": [],
        "custom_text": dict.fromkeys(("after_submit", "shipping_address", "submit", "terms_of_service_acceptance")),
        "customer_creation": "if_required",
        "customer_email": params.get("customer_email"),
        "expires_at": params.get("expires_at", created + 24 * 60 * 60),
        "livemode": False,
        "locale": params.get("locale"),
        "metadata": without_empty(params.get("metadata")),
        "mode": "payment",
        "payment_method_collection": "if_required",
        "payment_method_options": {},
        "payment_method_types": params.get("allowed_payment_method_types") or ["card"],
        "payment_status": "unpaid" if total else "no_payment_required",
        "phone_number_collection": {"enabled": False},
        "shipping_options": [],
        "status": "open",
        "submit_type": params.get("submit_type"),
        "success_url": params["success_url"],
        "total_details": {"amount_discount": 0, "amount_shipping": 0, "amount_tax": 0},
        "ui_mode": "hosted_page",
        "url": f"{base_url}/pay/{session_id}",
    }


def new_line_item(line: dict, created: int) -> dict:
    price, amount = line["price_data"], line["price_data"]["unit_amount"]
    total = amount * line["quantity"]
    return {
        "id": new_id("li"),
        "object": "item",
        "adjustable_quantity": None,
        "amount_discount": 0,
        "amount_subtotal": total,
        "amount_tax": 0,
        "amount_total": total,
        "currency": price["currency"],
        "description": price["product_data"]["name"],
        "metadata": without_empty(line.get("metadata")),
        "price": {
            "id": new_id("price"),
            "object": "price",
            "active": False,
            "billing_scheme": "per_unit",
            "created": created,
            "currency": price["currency"],
            "custom_unit_amount": None,
            "livemode": False,
            "lookup_key": None,
            "metadata": {},
            "nickname": None,
            "product": new_id("prod", 14),
            "recurring": None,
            "tax_behavior": price.get("tax_behavior", "unspecified"),
            "tiers_mode": None,
            "transform_quantity": None,
            "type": "one_time",
            "unit_amount": amount,
            "unit_amount_decimal": str(amount),
        },
        "quantity": line["quantity"],
    }


def new_payment_intent(session: dict, options: dict, created: int) -> dict:
    intent_id = new_id("pi")
    return dict.fromkeys(INTENT_NULLS) | {
        "id": intent_id,
        "object": "payment_intent",
        "amount": session["amount_total"],
        "amount_capturable": 0,
        "amount_details": {"tip": {}},
        "amount_received": 0,
        "automatic_payment_methods": None,
        "capture_method": "automatic_async",
        "client_secret": new_id(f"{intent_id}_secret", 25),
        "confirmation_method": "automatic",
        "created": created,
        "currency": session["currency"],
        "description": options.get("description"),
        "livemode": False,
        "metadata": without_empty(options.get("metadata")),
        "payment_method_options": {"card": {"request_three_d_secure": "automatic"}},
        "payment_method_types": ["card"],
        "receipt_email": options.get("receipt_email"),
        "status": "requires_payment_method",
    }


def new_charge(intent: dict, email: str | None, created: int, status: str, error: dict | None = None) -> dict:
    paid, error = status == "succeeded", error or {}
    return dict.fromkeys(CHARGE_NULLS) | {
        "id": new_id("ch"),
        "object": "charge",
        "amount": intent["amount"],
        "amount_captured": intent["amount"] if paid else 0,
        "amount_refunded": 0,
        "balance_transaction": new_id("txn") if paid else None,
        "billing_details": {"address": NO_ADDRESS, "email": email, "name": None, "phone": None, "tax_id": None},
        "calculated_statement_descriptor": "MOVIEBOOKING",
        "captured": paid,
        "created": created,
        "currency": intent["currency"],
        "description": intent["description"],
        "disputed": False,
        "failure_code": error.get("code"),
        "failure_message": error.get("message"),
        "fraud_details": {},
        "livemode": False,
        "metadata": intent["metadata"],
        "outcome": None,
        "paid": paid,
        "payment_intent": intent["id"],
        "payment_method": intent["payment_method"],
        "payment_method_details": {"type": "card", "card": {"brand": "visa", "last4": "4242"}},
        "receipt_email": intent["receipt_email"],
        "refunded": False,
        "status": status,
    }


def new_refund(charge: dict, amount: int, params: dict, created: int, status: str) -> dict:
    return {
        "id": new_id("re"),
        "object": "refund",
        "amount": amount,
        "balance_transaction": new_id("txn") if status == "succeeded" else None,
        "charge": charge["id"],
        "created": created,
        "currency": charge["currency"],
        "destination_details": {"type": "card", "card": {"type": "refund", "reference_status": "pending"}},
        "metadata": without_empty(params.get("metadata")),
        "payment_intent": charge["payment_intent"],
        "reason": params.get("reason"),
        "receipt_number": None,
        "source_transfer_reversal": None,
        "status": status,
        "transfer_reversal": None,
    } | ({"pending_reason": "processing"} if status == "pending" else {})


def new_dispute(charge: dict, reason: str, created: int, answer_by: int) -> dict:
    return {
        "id": new_id("du"),
        "object": "dispute",
        "amount": charge["amount"],
        "balance_transactions": [],
        "charge": charge["id"],
        "created": created,
        "currency": charge["currency"],
        "enhanced_eligibility_types": [],
        "evidence": {},
        "evidence_details": {
            "due_by": answer_by,
            "enhanced_eligibility": {},
            "has_evidence": False,
            "past_due": False,
            "submission_count": 0,
        },
        "is_charge_refundable": False,
        "livemode": False,
        "metadata": {},
        "payment_intent": charge["payment_intent"],
        "reason": reason,
        "status": "needs_response",
    }


def new_event(event_type: str, snapshot: dict, created: int, caller: dict | None, previous: dict | None) -> dict:
    return {
        "id": new_id("evt"),
        "object": "event",
        "api_version": stripe.api_version,
        "created": created,
        "data": {"object": snapshot} | ({"previous_attributes": previous} if previous else {}),
        "livemode": False,
        "pending_webhooks": 1,
        "request": caller or {"id": None, "idempotency_key": None},
        "type": event_type,
    }


def as_list(url: str, items: list[dict], has_more: bool) -> dict:
    return {"object": "list", "data": items, "has_more": has_more, "url": url}


def without_empty(pairs: dict | str | None) -> dict:
    return {key: value for key, value in pairs.items() if value != ""} if isinstance(pairs, dict) else {}
