"""A step of each built-in component as one writes it, for its page and for those who begin a flow."""

from collections.abc import Mapping
from typing import Final

EXAMPLES: Final[Mapping[str, str]] = {
    "play": """\
- id: greeting
  step: play
  say: welcome
  barge_in: true
""",
    "say": """\
- id: tell_balance
  step: say
  value: balance            # a datum that a look-up has set
  form: amount
  currency: EUR
""",
    "menu": """\
- id: choose
  step: menu
  say: menu
  choices: {1: to_sales, 2: to_service}
  invalid: invalid          # heard after a wrong digit
  silence: silent           # heard where no digit came
  otherwise: to_sales
""",
    "collect": """\
- id: ask_pin
  step: collect
  say: enter_number
  into: pin
  maximum: 4
  minimum: 4
  masked: true              # no log and no journal has the digits
  otherwise: give_up
""",
    "recognise": """\
- id: choose
  step: recognise
  say: menu
  choices: {sales: to_sales, service: to_service, 1: to_sales, 2: to_service}
  otherwise: to_sales
""",
    "record": """\
- id: voicemail
  step: record
  say: leave_message
  mail_to: [service@example.com]
  subject: "Message from {source}"
  next: thanks
""",
    "schedule": """\
- id: office_hours
  step: schedule
  calendar: office
  closed: tell_closed
""",
    "decide": """\
- id: where_to
  step: decide
  cases:
    - {when: 'starts(source, "+33", "0033")', next: to_french}
    - {when: queues.sales.staffed == 0 or queues.sales.waiting > 20, next: offer_callback}
  otherwise: to_sales
""",
    "set": """\
- id: important
  step: set
  values:
    important: balance > 1000
    language: '"fr"'        # text stands in quotes within the expression
""",
    "run": """\
- id: identify
  step: run
  flow: identify            # a flow of the kind part
""",
    "database": """\
- id: find_customer
  step: database
  query: customer_by_number
  parameters: {number: source}
  into: {customer: id, customer_name: name}
  nothing_found: ask_number
""",
    "web": """\
- id: find_order
  step: web
  service: orders
  parameters: {customer: customer}
  into: {order_state: state}
  timeout: 2
  on_failure: to_sales
""",
    "queue": """\
- id: to_sales
  step: queue
  queue: sales
  priority: 3
  full: offer_callback
  closed: tell_closed
  timed_out: voicemail
""",
    "requeue": """\
- id: to_everybody
  step: requeue
  queue: general
  blocked: listen
""",
    "change": """\
- id: sooner
  step: change
  priority: 2
  needs:
    - {after: 0, skills: {english: 5}}
""",
    "callback": """\
- id: call_back
  step: callback
  at: wished_time           # four digits that the caller has keyed in: 0930
  keep_place: true
  next: goodbye
""",
    "position": """\
- id: tell_position
  step: position
  before: position_before
  after: position_after
""",
    "wait_time": """\
- id: tell_wait
  step: wait_time
  before: wait_before
  between: wait_up_to
""",
    "wait": """\
- id: a_moment
  step: wait
  seconds: 10
""",
    "music": """\
- id: listen
  step: music
  music: hold_music
  seconds: 30
  next: tell_position
""",
    "transfer": """\
- id: to_mobile
  step: transfer
  number: "+491511234567"
  ring_time: 20
  on_failure: voicemail
""",
    "disconnect": """\
- id: thanks
  step: disconnect
  say: goodbye
  served: true
""",
    "agent_line": """\
- id: desk
  step: agent_line
""",
}
"""YAML by the component's name."""
