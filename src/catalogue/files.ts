// The files of the catalogue: repository, pinned revision, path, size and SHA-256 as the hub has them. Hashes that no
// public source lists are omitted, and taken from the hub at first contact.

export interface CatalogueFile {
  /** The tokenizer is inside the text encoder's file. */
  readonly role: 'textEncoder' | 'dit' | 'vae' | 'tinyDecoder' | 'writer'
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
    role: 'vae',
    ...COMFY,
    path: 'split_files/vae/wan_2.1_vae.safetensors',
    bytes: 253_815_318,
    sha256: '2fc39d31359a4b0a64f55876d8ff7fa8d780956ae2cb13463b0223e15148976b',
  },
  // 11,315,539 parameters in f16.
  tinyDecoder: {
    role: 'tinyDecoder',
    ...TAEHV,
    path: 'safetensors/taew2_1.safetensors',
    bytes: 22_643_000,
    isEstimate: true,
  },
} as const satisfies {
  dit: Record<string, CatalogueFile>
  textEncoder: Record<string, CatalogueFile>
  vae: CatalogueFile
  tinyDecoder: CatalogueFile
}
