"""The API client: requests, answers and errors. No policy, no printing."""
