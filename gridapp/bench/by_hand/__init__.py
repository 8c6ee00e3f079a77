"""The same job as a Django developer does it by hand: one Celery task per delivery, requests, a status row.

It has less to do than the product: an entry is one row with the finished body, nothing is validated, sealed, mapped or
masked, there is no history of tries, no order, no version.
"""
