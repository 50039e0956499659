// The files of the catalogue: repository, pinned revision, path, size and SHA-256 as the hub has them. Hashes that no
// public source lists are omitted, and taken from the hub at first contact.

export interface CatalogueFile {
  /** The tokenizer is inside the text encoder's file. */
  readonly role: 'textEncoder' | 'dit' | 'vae' | 'clip' | 'tinyDecoder' | 'writer'
  /** Where the repository is: on the hub, unless given. */
  readonly host?: 'github'
  /** As owner/name. */
  readonly repository: string
  /** A commit of the repository. */
  readonly revision: string
  /** In the repository. */
  readonly path: string
  readonly bytes: number
  /** `bytes` was computed from the tensors; the hub's figure counts. */
  readonly isEstimate?: boolean
  /** Lower-case hex. */
  readonly sha256?: string
}

const COMFY = {
  repository: 'Comfy-Org/Wan_2.1_ComfyUI_repackaged',
  revision: '06e001fc51048fb03433a6fb25334de7836704a5',
}
const COMFY_22 = {
  repository: 'Comfy-Org/Wan_2.2_ComfyUI_Repackaged',
  revision: 'fb1388adc906ab39ffc26ee40e96b22886b56bc4',
}
const TI2V_GGUF = {
  repository: 'QuantStack/Wan2.2-TI2V-5B-GGUF',
  revision: '57437632ddd08bdcbd1508c866aa22e126ed51d2',
}
const FASTWAN_22 = {
  repository: 'FastVideo/FastWan2.2-TI2V-5B-FullAttn-Diffusers',
  revision: '3e187042a324f6f5fb68fd22110a78725253de8f',
}
const SELF_FORCING = {
  repository: 'gdhe17/Self-Forcing',
  revision: '2f8b779212da279d212c22a509b66ad6552f350e',
}
const CAUSAL_FORCING = {
  repository: 'zhuhz22/Causal-Forcing',
  revision: 'a6a8f0e3bbdea1044fc6fef09c9cb9f648bf1bc3',
}
const WAN_GGUF = {
  repository: 'samuelchristlie/Wan2.1-T2V-1.3B-GGUF',
  revision: '5a512b15fc35d1b67a074cfe55a591be9e9ef9b5',
}
const UMT5_GGUF = {
  repository: 'city96/umt5-xxl-encoder-gguf',
  revision: 'b535255bee98c2b0a59ea7c0ae2dcd0c6657b3b7',
}
const FASTWAN = {
  repository: 'FastVideo/FastWan2.1-T2V-1.3B-Diffusers',
  revision: '25e7ed7f41fd8ce2fdd108688c65e8caf0ce3aef',
}
const TAEHV = {
  host: 'github',
  repository: 'madebyollin/taehv',
  revision: '1f14a568f24bf8811e0a0ac601613e04fc1581e8',
} as const
const RCM = { repository: 'worstcoder/rcm-Wan', revision: '142d77a331f1516fea772607c1bf25a2785a2505' }

export const CATALOGUE_FILES = {
  dit: {
    fp16: {
      role: 'dit',
      ...COMFY,
      path: 'split_files/diffusion_models/wan2.1_t2v_1.3B_fp16.safetensors',
      bytes: 2_838_303_560,
      sha256: 'be531024cd9018cb5b48c40cfbb6a6191645b1c792eb8bf4f8c1c6e10f924dc5',
    },
    q8: {
      role: 'dit',
      ...WAN_GGUF,
      path: 'Wan2.1-T2V-1.3B-Q8_0.gguf',
      bytes: 1_535_768_800,
      sha256: '30a44f695b4275a915810120360d6fd26152ec303c2226b5152ec33a93c380e4',
    },
    q4: { role: 'dit', ...WAN_GGUF, path: 'Wan2.1-T2V-1.3B-Q4_K_M.gguf', bytes: 982_716_640 },
    // 1.419 billion parameters and 30 gates of 1536 × 1536 and 1536, in f32.
    fastWan: {
      role: 'dit',
      ...FASTWAN,
      path: 'transformer/diffusion_pytorch_model.safetensors',
      bytes: 5_959_300_000,
      isEstimate: true,
    },
    rcm: { role: 'dit', ...RCM, path: 'rCM_Wan2.1_T2V_1.3B_480p.pt', bytes: 2_838_262_729 },
    selfForcing: {
      role: 'dit',
      ...SELF_FORCING,
      path: 'checkpoints/self_forcing_dmd.pt',
      bytes: 5_676_252_553,
      sha256: 'a0413986d9734e02c09504e1520f5697ba6df731bb2f0f35577485e9cc8f56a3',
    },
    causalForcing1Step: {
      role: 'dit',
      ...CAUSAL_FORCING,
      path: 'causal-forcing++/framewise-1step.pt',
      bytes: 5_676_220_819,
      sha256: 'bdb1b475fc88d528f510158a0990cd457f02c661b527ceb11ca9e4728533e2d0',
    },
    // As many tensors as the one before, in f32.
    causalForcing2Step: {
      role: 'dit',
      ...CAUSAL_FORCING,
      path: 'causal-forcing++/framewise-2step.pt',
      bytes: 5_676_221_000,
      isEstimate: true,
    },
    funInP: {
      role: 'dit',
      ...COMFY,
      path: 'split_files/diffusion_models/wan2.1_fun_inp_1.3B_bf16.safetensors',
      bytes: 3_128_957_992,
      sha256: '8495d2b1673ffb18abb548a64ff3b0e4bd367734f653096f7a8a3ad46954d511',
    },
    ti2v: {
      role: 'dit',
      ...COMFY_22,
      path: 'split_files/diffusion_models/wan2.2_ti2v_5B_fp16.safetensors',
      bytes: 9_999_658_848,
      sha256: '456f901338bd9eadbded3828b819109a9b68e8a525ca5cf8d0049a69fcfeca1e',
    },
    ti2vQ4: {
      role: 'dit',
      ...TI2V_GGUF,
      path: 'Wan2.2-TI2V-5B-Q4_K_M.gguf',
      bytes: 3_433_116_000,
      sha256: '95b19697b7f98e65b0a543640e9ca7b4dfec32e2a6e3731e8e10708be52655e2',
    },
    // 4,999,787,712 parameters in bf16.
    fastWan22: {
      role: 'dit',
      ...FASTWAN_22,
      path: 'transformer/diffusion_pytorch_model.safetensors',
      bytes: 9_999_660_000,
      isEstimate: true,
    },
  },
  textEncoder: {
    fp8: {
      role: 'textEncoder',
      ...COMFY,
      path: 'split_files/text_encoders/umt5_xxl_fp8_e4m3fn_scaled.safetensors',
      bytes: 6_735_906_897,
      sha256: 'c3355d30191f1f066b26d93fba017ae9809dce6c627dda5f6a66eaa651204f68',
    },
    q5: {
      role: 'textEncoder',
      ...UMT5_GGUF,
      path: 'umt5-xxl-encoder-Q5_K_M.gguf',
      bytes: 4_145_878_880,
      sha256: 'eaea358bb438c5d211721a4feecc162000e3636e9cb96f51e216f1f44ebd12ce',
    },
    q4: {
      role: 'textEncoder',
      ...UMT5_GGUF,
      path: 'umt5-xxl-encoder-Q4_K_M.gguf',
      bytes: 3_655_145_312,
      sha256: '17cf97a5bbbc60a646d6105b832b6f657ce904a8a1ad970e4b59df0c67584a40',
    },
  },
  vae: {
    wan21: {
      role: 'vae',
      ...COMFY,
      path: 'split_files/vae/wan_2.1_vae.safetensors',
      bytes: 253_815_318,
      sha256: '2fc39d31359a4b0a64f55876d8ff7fa8d780956ae2cb13463b0223e15148976b',
    },
    wan22: {
      role: 'vae',
      ...COMFY_22,
      path: 'split_files/vae/wan2.2_vae.safetensors',
      bytes: 1_409_400_960,
      sha256: 'e40321bd36b9709991dae2530eb4ac303dd168276980d3e9bc4b6e2b75fed156',
    },
  },
  clip: {
    role: 'clip',
    ...COMFY,
    path: 'split_files/clip_vision/clip_vision_h.safetensors',
    bytes: 1_264_219_396,
    sha256: '64a7ef761bfccbadbaa3da77366aac4185a6c58fa5de5f589b42a65bcc21f161',
  },
  tinyDecoder: {
    // 11,315,539 parameters in f16.
    wan21: {
      role: 'tinyDecoder',
      ...TAEHV,
      path: 'safetensors/taew2_1.safetensors',
      bytes: 22_643_000,
      isEstimate: true,
    },
    // 11,418,108 parameters in f16.
    wan22: {
      role: 'tinyDecoder',
      ...TAEHV,
      path: 'safetensors/taew2_2.safetensors',
      bytes: 22_848_000,
      isEstimate: true,
    },
  },
} as const satisfies {
  dit: Record<string, CatalogueFile>
  textEncoder: Record<string, CatalogueFile>
  vae: Record<string, CatalogueFile>
  clip: CatalogueFile
  tinyDecoder: Record<string, CatalogueFile>
}
