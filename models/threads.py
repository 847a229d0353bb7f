"""How many threads matrix products use."""

from threadpoolctl import threadpool_limits


def use_one_blas_thread() -> None:
    """From now on matrix products of this process run on the calling thread.

    The matrices of one message are small: threads would wait for each other (measured on 2 cores beside other work:
    11 ms a message instead of 2). Processor cores are used by handling several messages at once instead.
    """
    threadpool_limits(1, user_api="blas")
