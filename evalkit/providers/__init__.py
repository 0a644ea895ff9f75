"""Where models are asked: transports that speak to endpoints, for systems under test and judges alike."""
